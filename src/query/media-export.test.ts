// Calls exported with their media, read again by tshark and by our own readers: the streams of
// these calls and of no others, in the order in which they were captured.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { ethernet, hex, ip4, udp } from '../decode/frames.fixture.ts'
import { isFailure } from '../base/failure.ts'
import type { Leg } from '../calls/leg.ts'
import { HepMaker } from '../line/hep-maker.ts'
import { hepPacket } from '../line/live.fixture.ts'
import { type CaptureWish, makeFolder, writeCapture } from '../line/store.fixture.ts'
import { talkingCall } from '../sound/talking-call.fixture.ts'
import { readPieces, type SeenFrame } from '../source/captures.fixture.ts'
import type { LegRule } from '../store/leg-rule.ts'
import { type ExportFormat, exportFrames, type ExportWish } from './export.ts'
import type { Finder } from './finder.ts'
import { scopedFinder } from './scoped-finder.ts'
import { StoreFinder } from './store-finder.ts'
import {
  type CapturedFrame,
  captureOf,
  framesIn,
  gathered,
  importedStore,
} from './store.fixture.ts'

const WITH_MEDIA: ExportWish = { media: {} }
const ETHERNET = [{ linkType: 1 }] as const

/** SSRC, ends and packets of each stream that tshark finds, in an order of their own. */
function streamsIn(folder: string, capture: Buffer): string[] {
  const table = tshark(folder, capture, ['-q', '-z', 'rtp,streams'])
  const row = /^ +[\d.]+ +[\d.]+ +(\S+ +\d+ +\S+ +\d+) +0x([\dA-F]{8}) +\S.*? +(\d+) +-?\d+ \(/
  return table
    .split('\n')
    .flatMap((line) => {
      const [, ends = '', ssrc = '', packets] = row.exec(line) ?? []
      return packets === undefined ? [] : `${ssrc} ${ends.replace(/ +/g, ' ')} ${packets}`
    })
    .sort()
}

/** What tshark says of the packets that a filter lets through. */
function fieldsIn(folder: string, capture: Buffer, filter: string, fields: string[]): string[] {
  const wish = ['-T', 'fields', ...fields.flatMap((field) => ['-e', field])]
  return tshark(folder, capture, ['-Y', filter, ...wish])
    .trimEnd()
    .split('\n')
}

function tshark(folder: string, capture: Buffer, wish: readonly string[]): string {
  const path = join(folder, 'exported.pcap')
  writeFileSync(path, capture)
  return execFileSync('tshark', ['-r', path, ...wish], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

async function importedCalls(t: TestContext, wish: Partial<CaptureWish> = {}) {
  const folder = makeFolder(t)
  const path = join(folder, 'made.pcap')
  writeCapture(path, { calls: 5, callsPerSecond: 5, hasMedia: true, ...wish })
  const capture = readFileSync(path)
  const { finder, store } = await importedStore(t, capture)
  const { rows } = await finder.findCalls({ kind: 'call' }, { limit: 100, order: 'oldest' })
  return { folder, capture, finder, store, calls: rows }
}

function exported(
  finder: Finder,
  legs: readonly Leg[],
  format: ExportFormat = 'pcap',
  wish = WITH_MEDIA,
): Promise<Buffer> {
  return gathered(exportFrames(finder, legs, format, wish))
}

const isInOrder = (frames: readonly { ns: bigint }[]): boolean =>
  frames.every(({ ns }, i) => ns >= (frames[i - 1]?.ns ?? 0n))

for (const format of ['pcap', 'pcapng'] as const) {
  describe(`export with media as ${format}`, () => {
    test('tshark finds the streams of each call as in the capture, and no others', async (t) => {
      const { folder, capture, finder, calls } = await importedCalls(t)
      const found: string[] = []
      for (const { legs } of calls) {
        const file = await exported(finder, legs, format)
        const own = streamsIn(folder, file)
        const ssrcs = (await finder.streamsOf(legs)).map(({ ssrc }) =>
          ssrc.toString(16).toUpperCase().padStart(8, '0'),
        )
        assert.deepEqual(own.map((line) => line.slice(0, 8)).sort(), ssrcs.sort())
        found.push(...own)
        const frames = framesIn(file)
        assert.ok(isInOrder(frames))
        const withoutMedia = framesIn(await exported(finder, legs, format, {}))
        assert.ok(withoutMedia.length > 0 && withoutMedia.length < frames.length)
        assert.deepEqual(
          frames.filter(({ hex: bytes }) => withoutMedia.some((one) => one.hex === bytes)),
          withoutMedia,
        )
        const original = new Set(framesIn(capture).map(({ hex: bytes }) => bytes))
        assert.ok(frames.every(({ hex: bytes }) => original.has(bytes)))
      }
      assert.deepEqual(found.sort(), streamsIn(folder, capture))
    })

    test('several calls come as one file, each frame once', async (t) => {
      const { folder, capture, finder, calls } = await importedCalls(t, { fillers: 40 })
      const legs = calls.flatMap((call) => call.legs)
      const file = await exported(finder, [...legs, ...legs], format)
      assert.deepEqual(streamsIn(folder, file), streamsIn(folder, capture))
      const frames = framesIn(file)
      assert.ok(isInOrder(frames))
      // All frames are of these calls but for the fillers and the SIP of no call.
      const others = framesIn(capture).length - frames.length
      const fillers = framesIn(capture).filter((one) => one.hex.slice(24, 28) === '88b5').length
      const sip = (await finder.findLegs({}, { limit: 1_000 })).rows
        .filter(({ kind }) => kind !== 'call')
        .reduce((sum, { messages }) => sum + messages, 0)
      assert.equal(others, fillers + sip)
    })

    test('media inside HEP is taken out, as the SIP is', async (t) => {
      const call = readPieces([talkingCall({ packets: 30 }).capture]).frames
      const folder = makeFolder(t)
      const { finder } = await importedStore(t, captureOf(ETHERNET, hepOf(call)))
      const { rows } = await finder.findLegs({}, { limit: 10 })
      const file = await exported(finder, rows, format)
      assert.deepEqual(streamsIn(folder, file), [
        '00001000 10.0.0.1 20000 10.0.0.2 30000 33',
        '00001001 10.0.0.2 30000 10.0.0.1 20000 30',
      ])
      assert.equal(framesIn(file).length, call.length)
    })

    test('RTCP that agents sent as JSON is RTCP again, where they name its call', async (t) => {
      const call = readPieces([talkingCall({ packets: 0 }).capture]).frames
      const folder = makeFolder(t)
      const frames = [...hepOf(call), ...['talk', 'other'].map((id) => reportOf(call, id))]
      const { finder } = await importedStore(t, captureOf(ETHERNET, frames))
      const { rows } = await finder.findLegs({}, { limit: 10 })
      assert.equal((await finder.streamsOf(rows)).length, 2)
      const file = await exported(finder, rows, format)
      assert.equal(framesIn(file).length, call.length + 1)
      const columns = ['rtcp.pt', 'rtcp.senderssrc', 'rtcp.sender.packetcount', 'rtcp.ssrc.jitter']
      assert.deepEqual(fieldsIn(folder, file, 'rtcp', [...columns, 'rtcp.sdes.text']), [
        '200,202\t0x00001000\t321\t17\ttalk@10.0.0.1',
      ])
    })
  })
}

/** Frames as an agent passes them on, in datagrams to a HEP server. */
function hepOf(call: readonly SeenFrame[]): CapturedFrame[] {
  const packets: { bytes: Buffer; tUs: number }[] = []
  const emit = (bytes: Buffer, tUs: number) => void packets.push({ bytes, tUs })
  const maker = new HepMaker({ version: 3, agentId: 1, shiftUs: 0, withRtp: true, emit })
  for (const frame of call) {
    const bytes = Buffer.from(frame.hex, 'hex')
    const ticks = { ticksHigh: 0, ticksLow: 0, ref: 0 }
    maker.push({ ...frame, ...ticks, bytes, start: 0, end: bytes.length })
  }
  return packets.map(({ bytes, tUs }) => toHepServer(bytes, tUs))
}

/** A sender report of the caller’s stream as an agent writes it, a second after the call began. */
function reportOf([first]: readonly SeenFrame[], callId: string): CapturedFrame {
  const tUs = (first?.tUs ?? 0) + 1_000_000
  const ssrc = callId === 'talk' ? 0x1000 : 0x7777
  const report = {
    sender_information: { ntp_timestamp_sec: 3_900_000_000, packets: 321, octets: 51_360 },
    ssrc,
    type: 200,
    report_count: 1,
    report_blocks: [{ source_ssrc: ssrc + 1, fraction_lost: 0, packets_lost: 0, ia_jitter: 17 }],
    sdes_ssrc: ssrc,
    sdes_information: [{ type: 1, text: `${callId}@10.0.0.1` }],
  }
  const ends = { src: hex('0a000001'), dst: hex('0a000002'), srcPort: 20_001, dstPort: 30_001 }
  const facts = { ...ends, tUs, protocolType: 5, correlationId: callId }
  return toHepServer(hepPacket(Buffer.from(JSON.stringify(report)), facts), tUs)
}

function toHepServer(bytes: Buffer, tUs: number): CapturedFrame {
  const datagram = ethernet(0x0800, ip4(udp(bytes, { dstPort: 9060 })))
  return { interfaceId: 0, ticks: BigInt(tUs), bytes: datagram }
}

test('a text holds no media, and says so', async (t) => {
  const { finder } = await importedStore(t)
  await assert.rejects(exported(finder, [], 'txt'), (error) => isFailure(error, 'bad-input'))
})

test('a call over two days has the media of both; of a lost day the rest is left', async (t) => {
  const startUs = Date.UTC(2026, 10, 2, 23, 59, 55) * 1000
  const made = await importedCalls(t, { startUs, calls: 10 })
  const legs = made.calls.flatMap((call) => call.legs)
  const whole = await exported(made.finder, legs)
  assert.deepEqual(streamsIn(made.folder, whole), streamsIn(made.folder, made.capture))
  const midnightNs = BigInt(Date.UTC(2026, 10, 3)) * 1_000_000n
  const before = framesIn(whole).filter(({ ns }) => ns < midnightNs)
  assert.ok(before.length > 100 && before.length < framesIn(whole).length - 100)

  await made.store.blocks.drop('2026-11-03')
  const unread = new Set<string>()
  const wish = { ...WITH_MEDIA, onUnread: (reason: string) => void unread.add(reason) }
  // Blocks that were read before are remembered.
  const again = new StoreFinder(made.store)
  assert.deepEqual(framesIn(await exported(again, legs, 'pcap', wish)), before)
  assert.ok(unread.size > 0)
  for (const reason of unread) assert.match(reason, /^block \d+ of 2026-11-03 cannot be read: /)
})

test('an account with a scope has the media of its own legs alone', async (t) => {
  const { folder, finder, calls } = await importedCalls(t, { calls: 8 })
  const legs = calls.flatMap((call) => call.legs)
  const [first] = legs
  const rules: LegRule[] = [[{ field: 'from', pattern: first?.from ?? '' }]]
  const visible = await finder.legsObeying(
    legs.map(({ legKey }) => legKey),
    rules,
  )
  assert.ok(visible.size > 0 && visible.size < legs.length)
  const own = legs.filter(({ legKey }) => visible.has(legKey))
  const scoped = await exported(scopedFinder(finder, rules), legs)
  assert.deepEqual(framesIn(scoped), framesIn(await exported(finder, own)))
  assert.ok(streamsIn(folder, scoped).length > 0)
})

// ── RTCP, and what else a frame may hold ───────────────────────────────────────────────────────

const ALICE = { src: '0a000001', dst: '0a000002', srcPort: 20_000, dstPort: 30_000 }
const BOB = { src: ALICE.dst, dst: ALICE.src, srcPort: ALICE.dstPort, dstPort: ALICE.srcPort }
const ALICE_SSRC = '00001000'
const NUMBERS = '00000000'.repeat(5)

/** RTCP between the two, so many ports above their media. */
function rtcp(from: typeof ALICE, above: number, packet: string): Buffer {
  const ports = { srcPort: from.srcPort + above, dstPort: from.dstPort + above }
  return ethernet(0x0800, ip4(udp(hex(packet), ports), from))
}

const senderReport = (ssrc: string) => `80c8 0006 ${ssrc} ${NUMBERS}`
const receiverReport = (ssrc: string, about: string) => `81c9 0007 ${ssrc} ${about} ${NUMBERS}`

/** A call whose capture also holds these frames, half a second after its beginning. */
function callWith(t: TestContext, ...more: readonly Buffer[]) {
  return callWithLater(t, 0, ...more)
}

/** `more` comes after half of the call, or so many seconds after its last packet. */
async function callWithLater(t: TestContext, seconds: number, ...more: readonly Buffer[]) {
  const call = readPieces([talkingCall({ packets: 50 }).capture]).frames
  const frames: CapturedFrame[] = call.map(({ ticks, hex: bytes }) => {
    return { interfaceId: 0, ticks, bytes: Buffer.from(bytes, 'hex') }
  })
  const at = seconds === 0 ? frames.length >> 1 : frames.length - 1
  const ticks = (frames[at]?.ticks ?? 0n) + BigInt(seconds * 1_000_000)
  frames.splice(at + 1, 0, ...more.map((bytes) => ({ interfaceId: 0, ticks, bytes })))
  const { finder } = await importedStore(t, captureOf(ETHERNET, frames))
  const { rows } = await finder.findLegs({}, { limit: 10 })
  return { finder, rows, frames: frames.map(({ bytes }) => bytes.toString('hex')) }
}

const hexOf = (capture: Buffer): string[] => framesIn(capture).map(({ hex: bytes }) => bytes)

test('RTCP by the senders of a call and about them comes along, and no other', async (t) => {
  const theirs = [
    rtcp(ALICE, 1, senderReport(ALICE_SSRC)),
    rtcp(ALICE, 0, senderReport(ALICE_SSRC)),
    rtcp(BOB, 1, receiverReport('0000beef', ALICE_SSRC)),
  ]
  const others = [
    rtcp(ALICE, 1, senderReport('0000beef')),
    rtcp(BOB, 1, receiverReport('0000beef', '0000cafe')),
    rtcp(BOB, 1, senderReport(ALICE_SSRC)),
    rtcp(ALICE, 2, senderReport(ALICE_SSRC)),
  ]
  const { finder, rows, frames } = await callWith(t, ...theirs, ...others)
  const strange = new Set(others.map((bytes) => bytes.toString('hex')))
  assert.deepEqual(
    hexOf(await exported(finder, rows)),
    frames.filter((bytes) => !strange.has(bytes)),
  )
})

test('RTCP soon after the last packet of a stream comes along', async (t) => {
  const report = rtcp(ALICE, 1, senderReport(ALICE_SSRC))
  for (const [seconds, isTheirs] of [
    [6, true],
    [60, false],
  ] as const) {
    const { finder, rows, frames } = await callWithLater(t, seconds, report)
    const wanted = isTheirs ? frames : frames.slice(0, -1)
    assert.deepEqual(hexOf(await exported(finder, rows)), wanted, String(seconds))
  }
})

test('what lies behind a packet of media is hidden from an account with a scope', async (t) => {
  const secret = Buffer.alloc(200, 'secret')
  const frame = Buffer.concat([rtcp(ALICE, 1, senderReport(ALICE_SSRC)), secret])
  const { finder, rows } = await callWith(t, frame)
  const whole = await exported(finder, rows)
  assert.ok(whole.includes(secret))
  const ofAlice: LegRule[] = [[{ field: 'from', pattern: 'alice' }]]
  const scoped = await exported(scopedFinder(finder, ofAlice), rows)
  assert.equal(framesIn(scoped).length, framesIn(whole).length)
  assert.ok(!scoped.includes('secret'))
})

test('while keys are hidden, no packet comes along that may tell one', async (t) => {
  const { finder, rows, frames } = await callWith(t)
  const [leg] = rows
  assert.ok(leg !== undefined)
  const exportedHiding = async (startUs: number, endUs: number) => {
    const keysHidden = new Map([[leg.legKey, [{ startUs, endUs }]]])
    return hexOf(await exported(finder, rows, 'pcap', { media: { keysHidden } }))
  }
  const isEvent = (bytes: string) => bytes.slice(84, 88) === '8065'
  assert.equal(frames.filter(isEvent).length, 3)
  assert.deepEqual(
    await exportedHiding(leg.startUs, leg.lastUs),
    frames.filter((bytes) => !isEvent(bytes)),
  )
  assert.deepEqual(await exportedHiding(leg.startUs, leg.startUs + 1_000_000), frames)
})
