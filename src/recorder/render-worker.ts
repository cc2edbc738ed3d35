// The thread that makes sound of stored packets, so that no request waits for it: orders in, files
// and what is in them out. Reads the store through connections of its own, and holds them no longer
// than an order takes: of a day that is dropped meanwhile they would keep the room.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { CapturedRtp } from '../audio/sound.ts'
import { Failure, isFailure } from '../base/failure.ts'
import type { Leg } from '../calls/leg.ts'
import type { Stream } from '../calls/stream.ts'
import {
  type CallSound,
  callSoundOf,
  type SoundReading,
  soundOfStreams,
} from '../query/call-sound.ts'
import type { Finder } from '../query/finder.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { findCallFindings } from '../sound/call-findings.ts'
import { writeSoundFile } from '../sound/sound-file.ts'
import { KeyLogFile } from '../source/key-log-file.ts'
import { refuseUnread } from '../store/block-reader.ts'
import { closeStore, openStore } from '../store/data-folder.ts'
import type { PressedKey } from './pressed-keys.ts'
import type {
  RenderedSound,
  RenderOrder,
  RenderPlace,
  ThreadAnswer,
  ThreadOrder,
} from './render-order.ts'

const { dataFolder, keyLogFile } = workerData as RenderPlace
const secrets = keyLogFile === undefined ? undefined : new KeyLogFile(keyLogFile, true)
/** A recording is kept whole or not at all, and a key that is not heard pauses nothing. */
const reading: SoundReading = { secrets, onUnread: refuseUnread }
let queue: Promise<void> = Promise.resolve()

parentPort?.on('message', (order: ThreadOrder) => {
  queue = queue.then(async () => parentPort?.postMessage(await answerTo(order)))
})

async function answerTo(order: ThreadOrder): Promise<ThreadAnswer> {
  const { id } = order
  const store = openStore(dataFolder, 'read')
  try {
    const finder = new StoreFinder(store)
    if ('keysOf' in order) return { kind: 'keys', id, keys: await readKeys(finder, order.keysOf) }
    return { kind: 'rendered', id, sound: await render(finder, order) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { kind: 'failed', id, failureKind: isFailure(error) ? error.kind : 'internal', reason }
  } finally {
    await closeStore(store)
  }
}

async function render(finder: Finder, order: RenderOrder): Promise<RenderedSound> {
  const { format, channels, path } = order
  const callSound = await soundOf(finder, order)
  const heard = { streams: callSound.streams, packets: () => withoutPauses(callSound, order) }
  const layout = channels === 2 ? 'stereo' : 'mixed'
  const facts = await writeSoundFile(heard, { format, layout }, path)
  const digest = createHash('sha256')
  await pipeline(createReadStream(path), digest)
  return {
    bytes: (await stat(path)).size,
    startUs: facts.startUs,
    durationMs: Math.round((facts.samples * 1000) / facts.sampleRateHz),
    channels: facts.channels,
    sampleRateHz: facts.sampleRateHz,
    digest: digest.digest('hex'),
  }
}

async function soundOf(finder: Finder, { legKeys, sides }: RenderOrder): Promise<CallSound> {
  const legs = await legsOf(finder, legKeys)
  if (sides === undefined) return callSoundOf(finder, legs, reading)
  const own = legs.slice(0, 1)
  if (own.length === 0) throw new Failure('not-found', 'the recording session is not stored')
  const byPort = new Map(sides)
  const streams = (await finder.streamsOf(own)).filter((stream) => byPort.has(stream.dstPort))
  const sideOf = ({ dstPort }: Stream) => byPort.get(dstPort) ?? 'caller'
  return soundOfStreams(finder, own, streams, sideOf, { onUnread: refuseUnread })
}

async function legsOf(finder: Finder, legKeys: readonly string[]): Promise<Leg[]> {
  const legs: Leg[] = []
  for (const legKey of legKeys) {
    const leg = await finder.legByKey(legKey)
    if (leg !== undefined) legs.push(leg)
  }
  return legs
}

/** What was said in a pause is not there: the playout leaves silence of the same length. */
async function* withoutPauses(
  callSound: CallSound,
  { pauses, startUs = Number.NEGATIVE_INFINITY, endUs = Number.POSITIVE_INFINITY }: RenderOrder,
): AsyncGenerator<CapturedRtp> {
  for await (const packet of callSound.packets()) {
    const { tUs } = packet
    if (tUs < startUs || tUs > endUs) continue
    if (pauses.some((pause) => tUs >= pause.startUs && tUs < pause.endUs)) continue
    yield packet
  }
}

/** Keys sent as events, by INFO or as tones, each once. */
async function readKeys(
  finder: Finder,
  legKeys: readonly string[],
): Promise<readonly PressedKey[]> {
  const legs = await legsOf(finder, legKeys)
  const { findings } = await findCallFindings(finder, legs, reading)
  return findings.flatMap(({ kind, digit, side, startUs, source }): readonly PressedKey[] => {
    if (kind !== 'dtmf' || digit === null || digit.length !== 1) return []
    return [
      { tUs: startUs, key: digit, side: side ?? 'caller', by: source === 'info' ? 'info' : 'dtmf' },
    ]
  })
}
