// earshot replay: sends what a capture holds to a HEP server, as an agent would have at its time.
import { stat } from 'node:fs/promises'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { HepMaker, type HepMakerCounts } from '../line/hep-maker.ts'
import { type HepSender, openHepSender, readHepTarget } from '../line/hep-sender.ts'
import { fileFailureOf, readCaptureFile } from '../source/capture-file.ts'
import type { Frame } from '../source/frame.ts'
import { type Command, readArguments } from './command.ts'
import { writeLine } from './output.ts'

const US_PER_SECOND = 1_000_000
/** Packets that are due within this are sent now: timers are no finer. */
const EARLY_US = 1_000

interface Wishes {
  readonly path: string
  readonly to: string
  readonly version: 1 | 2 | 3
  /** Times as fast as it was captured; Infinity for as fast as the server takes it. */
  readonly speed: number
  /** Packets a second at most; Infinity for no bound. */
  readonly rate: number
  readonly keepsTimes: boolean
  readonly agentId: number
  readonly node: string | undefined
  readonly authKey: string | undefined
  readonly withRtp: boolean
  readonly isCertificateChecked: boolean
}

const FLAGS = {
  to: { type: 'string' },
  speed: { type: 'string' },
  rate: { type: 'string' },
  'hep-version': { type: 'string' },
  'hep-key': { type: 'string' },
  'agent-id': { type: 'string' },
  node: { type: 'string' },
  'keep-times': { type: 'boolean' },
  rtp: { type: 'boolean' },
  insecure: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

export const replayCommand: Command = {
  usage:
    'FILE --to tcp|udp|tls|ws://HOST:PORT [--speed 1|max|N] [--rate N] [--hep-version 1|2|3] ' +
    '[--hep-key KEY] [--agent-id N] [--node NAME] [--keep-times] [--rtp] [--insecure] [--json]',
  summary: 'sends the SIP and RTCP of a capture to a HEP server, moved to now',
  run: async (argv) => {
    const args = readArguments(argv, FLAGS, [])
    const [path, ...others] = args.positionals
    if (path === undefined || others.length > 0) {
      throw new Failure('bad-input', 'replay: name one capture file')
    }
    const result = await replay({
      path,
      to: args.text('to') ?? missing('--to'),
      version: versionOf(args.text('hep-version') ?? '3'),
      speed: factorOf('--speed', args.text('speed') ?? '1'),
      rate: factorOf('--rate', args.text('rate') ?? 'max'),
      keepsTimes: args.has('keep-times'),
      agentId: wholeOf('--agent-id', args.text('agent-id') ?? '1'),
      node: args.text('node'),
      authKey: args.text('hep-key'),
      withRtp: args.has('rtp'),
      isCertificateChecked: !args.has('insecure'),
    })
    await (args.has('json') ? writeLine(JSON.stringify(result)) : writeWords(result))
    return 0
  },
}

interface ReplayResult extends HepMakerCounts {
  readonly packets: number
  readonly bytes: number
  readonly seconds: number
}

async function replay(wishes: Wishes): Promise<ReplayResult> {
  const { path, speed, rate, isCertificateChecked } = wishes
  const span = await spanOf(path)
  const sender = await openHepSender(readHepTarget(wishes.to), { isCertificateChecked })
  const startUs = systemClock.nowUs()
  const pace = new Pace(sender, { captureStartUs: span.firstUs, startUs, speed, rate })
  const maker = new HepMaker({
    ...wishes,
    shiftUs: wishes.keepsTimes ? 0 : shiftOf(span, startUs, speed),
    emit: (packet, tUs) => pace.add(packet, tUs),
  })
  try {
    await readCaptureFile(path, {
      emit: (frame) => maker.push(frame),
      onProgress: () => pace.sendDue(),
    })
    maker.finish()
    await pace.sendDue()
  } finally {
    await sender.close()
  }
  const seconds = (systemClock.nowUs() - startUs) / US_PER_SECOND
  return { ...maker.counts, packets: pace.packets, bytes: pace.bytes, seconds }
}

/** What was made and is not due yet. */
class Pace {
  packets = 0
  bytes = 0
  readonly #sender: HepSender
  readonly #plan: { captureStartUs: number; startUs: number; speed: number; rate: number }
  #waiting: { packet: Buffer; tUs: number }[] = []

  constructor(
    sender: HepSender,
    plan: { captureStartUs: number; startUs: number; speed: number; rate: number },
  ) {
    this.#sender = sender
    this.#plan = plan
  }

  add(packet: Buffer, tUs: number): void {
    this.#waiting.push({ packet, tUs })
  }

  /** Sends what was added, each at its time; resolves when it was sent. */
  async sendDue(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { packet, tUs } of waiting) {
      const aheadUs = this.#dueUs(tUs) - systemClock.nowUs()
      if (aheadUs > EARLY_US) {
        await this.#sender.drained()
        await new Promise((resolve) => setTimeout(resolve, aheadUs / 1000))
      }
      this.#sender.send(packet)
      this.packets++
      this.bytes += packet.length
      // A promise for every packet would cost more than the packet.
      if (this.packets % 64 === 0) await this.#sender.drained()
    }
    await this.#sender.drained()
  }

  /** By the clock, when a packet is to be sent: as the capture's pace and the rate allow. */
  #dueUs(tUs: number): number {
    const { captureStartUs, startUs, speed, rate } = this.#plan
    const byPace = startUs + (tUs - captureStartUs) / speed
    return Math.max(byPace, startUs + (this.packets * US_PER_SECOND) / rate)
  }
}

interface Span {
  readonly firstUs: number
  readonly lastUs: number
}

/** The times between which a capture lies. @throws Failure for a file that cannot be read */
async function spanOf(path: string): Promise<Span> {
  try {
    return await readSpan(path)
  } catch (error) {
    const failure = fileFailureOf(error)
    throw failure === undefined ? error : new Failure(failure.kind, `${path}: ${failure.message}`)
  }
}

async function readSpan(path: string): Promise<Span> {
  if (!(await stat(path)).isFile()) throw new Failure('bad-input', `${path}: no file`)
  let firstUs = Number.POSITIVE_INFINITY
  let lastUs = Number.NEGATIVE_INFINITY
  const emit = ({ tUs }: Frame): void => {
    if (tUs < firstUs) firstUs = tUs
    if (tUs > lastUs) lastUs = tUs
  }
  const { format } = await readCaptureFile(path, { emit })
  if (format === undefined) throw new Failure('bad-input', `${path}: no capture`)
  return { firstUs, lastUs }
}

/**
 * Moves the capture so that its end lies where the sending ends: a server that disbelieves times of
 * the future and of long ago then believes all of them, and the distances stay as they were.
 */
function shiftOf({ firstUs, lastUs }: Span, startUs: number, speed: number): number {
  return Math.round(startUs + (lastUs - firstUs) / speed - lastUs)
}

function missing(flag: string): never {
  throw new Failure('bad-input', `replay: ${flag} is missing`)
}

function versionOf(text: string): 1 | 2 | 3 {
  const version = [1, 2, 3].find((one) => String(one) === text)
  if (version === 1 || version === 2 || version === 3) return version
  throw new Failure('bad-input', `--hep-version: expected 1, 2 or 3, found ${text}`)
}

function factorOf(flag: string, text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Failure('bad-input', `${flag}: expected a number above 0, or max, found ${text}`)
}

function wholeOf(flag: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value
  throw new Failure('bad-input', `${flag}: expected a whole number below 2^32, found ${text}`)
}

async function writeWords(result: ReplayResult): Promise<void> {
  const { messages, rtcp, rtp, leftOut, seconds } = result
  const media = rtp > 0 ? `, ${rtp} of RTP` : ''
  await writeLine(`sent ${messages} messages, ${rtcp} of RTCP${media} in ${seconds.toFixed(1)} s`)
  if (leftOut > 0) await writeLine(`${leftOut} left out: no packet of this version can hold them`)
}
