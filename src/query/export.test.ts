// Calls exported and read again with our own readers: what comes out is what came in, bit for bit.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { ethernet, ip4, ip6, tcp, udp, udpFrame } from '../decode/frames.fixture.ts'
import { isFailure } from '../base/failure.ts'
import { type ExportFormat, exportFrames, formatTime } from './export.ts'
import { StoreFinder } from './store-finder.ts'
import {
  type CapturedFrame,
  captureOf,
  framesIn,
  gathered,
  type Interface,
  importedStore,
  INVITE,
  sip,
} from './store.fixture.ts'

const ETHERNET = 1
const RAW_IP = 101
const NULL_LOOPBACK = 0
/** 2026-11-21 10:00:00 UTC. */
const START_NS = 1_795_255_200_000_000_000n

/** NULs, invalid UTF-8, and a line end that is none of ours. */
const BODY = Buffer.from([0x00, 0xff, 0xfe, 0xc3, 0x28, 0x0a, 0x00, 0x80, 0x0d])
const invite = sip(INVITE, 'bytes@test', BODY)
const busy = sip('SIP/2.0 486 Busy Here', 'bytes@test')

const frame = (interfaceId: number, ns: bigint, bytes: Buffer, divisor = 1n): CapturedFrame => ({
  interfaceId,
  ticks: (START_NS + ns) / divisor,
  bytes,
})

/** Exports every leg of a capture; the frames that the file then holds. */
async function exported(
  t: TestContext,
  format: ExportFormat,
  interfaces: readonly Interface[],
  frames: readonly CapturedFrame[],
) {
  const { finder } = await importedStore(t, captureOf(interfaces, frames))
  const { rows } = await finder.findLegs({}, { limit: 100, order: 'oldest' })
  return gathered(exportFrames(finder, rows, format))
}

const udpCall = [
  frame(0, 123n, udpFrame(invite)),
  frame(0, 5_000_000_999n, udpFrame(busy)),
] as const

for (const format of ['pcap', 'pcapng'] as const) {
  describe(`export as ${format}`, () => {
    test('keeps every byte and every nanosecond', async (t) => {
      const file = await exported(t, format, [{ linkType: ETHERNET, resolution: 9 }], udpCall)
      assert.deepEqual(
        framesIn(file),
        udpCall.map(({ bytes, ticks }) => ({
          hex: bytes.toString('hex'),
          ns: ticks,
          linkType: ETHERNET,
        })),
      )
      assert(file.includes(BODY))
    })

    test('a message in several frames brings all of them, once and in their order', async (t) => {
      const cut = 120
      const syn = ethernet(0x0800, ip4(tcp('', { sequence: 99, flags: 'S' }), { protocol: 6 }))
      const segments = [invite.subarray(0, cut), invite.subarray(cut)].map((bytes, i) =>
        ethernet(0x0800, ip4(tcp(bytes, { sequence: 100 + i * cut }), { protocol: 6 })),
      )
      const frames = [syn, ...segments].map((bytes, i) =>
        frame(0, BigInt(i) * 1_000n, bytes, 1_000n),
      )
      const file = await exported(t, format, [{ linkType: ETHERNET }], frames)
      assert.deepEqual(
        framesIn(file).map(({ hex }) => hex),
        segments.map((bytes) => bytes.toString('hex')),
      )
    })

    test('two messages in one frame bring it once', async (t) => {
      const both = Buffer.concat([invite, busy])
      const bytes = ethernet(0x0800, ip4(tcp(both, { sequence: 100 }), { protocol: 6 }))
      const file = await exported(
        t,
        format,
        [{ linkType: ETHERNET }],
        [frame(0, 0n, bytes, 1_000n)],
      )
      assert.equal(framesIn(file).length, 1)
    })

    test('no legs make a file without frames that can be read', async (t) => {
      const { finder } = await importedStore(t)
      assert.deepEqual(framesIn(await gathered(exportFrames(finder, [], format))), [])
    })
  })
}

/** Link types that meet in one capture: Ethernet in ns, raw IP in µs, BSD loopback over IPv6. */
const mixedInterfaces: readonly Interface[] = [
  { linkType: ETHERNET, resolution: 9 },
  { linkType: RAW_IP },
  { linkType: NULL_LOOPBACK },
]
const ipParts = [
  ip4(udp(invite)),
  ip4(udp(busy), { src: '0a000002', dst: '0a000001' }),
  ip6(17, udp(sip('SIP/2.0 100 Trying', 'bytes@test'))),
] as const
const mixedFrames = [
  frame(0, 1n, ethernet(0x0800, ipParts[0])),
  frame(1, 2_000n, ipParts[1], 1_000n),
  frame(2, 3_000n, Buffer.concat([Buffer.from([30, 0, 0, 0]), ipParts[2]]), 1_000n),
]

describe('export of frames of several link types', () => {
  test('pcapng keeps each frame under its own link type and resolution', async (t) => {
    const file = await exported(t, 'pcapng', mixedInterfaces, mixedFrames)
    assert.deepEqual(
      framesIn(file).map(({ hex, linkType, ns }) => [hex, linkType, ns - START_NS]),
      mixedFrames.map(({ bytes, interfaceId }, i) => [
        bytes.toString('hex'),
        mixedInterfaces[interfaceId]?.linkType,
        [1n, 2_000n, 3_000n][i],
      ]),
    )
  })

  test('pcap holds one link type, so all become the IP packets within', async (t) => {
    const file = await exported(t, 'pcap', mixedInterfaces, mixedFrames)
    assert.deepEqual(
      framesIn(file),
      ipParts.map((bytes, i) => ({
        hex: bytes.toString('hex'),
        linkType: RAW_IP,
        ns: START_NS + ([1n, 2_000n, 3_000n][i] ?? 0n),
      })),
    )
  })

  test('a frame whose IP nobody finds fails the pcap before its first byte', async (t) => {
    // Thirteen VLAN tags lie before it, more than a link layer ever is.
    const tags = Array.from({ length: 13 }, (_, n) => (n < 12 ? '00018100' : '00010800')).join('')
    const tagged = ethernet(0x8100, Buffer.concat([Buffer.from(tags, 'hex'), ipParts[0]]))
    const frames = [...mixedFrames, frame(0, 9n, tagged)]
    const { finder } = await importedStore(t, captureOf(mixedInterfaces, frames))
    const { rows } = await finder.findLegs({}, { limit: 10 })
    assert.equal(rows[0]?.messages, 4)
    const pieces = exportFrames(finder, rows, 'pcap')[Symbol.asyncIterator]()
    await assert.rejects(pieces.next(), (error) => isFailure(error, 'bad-input'))
    assert.equal(framesIn(await gathered(exportFrames(finder, rows, 'pcapng'))).length, 4)
  })

  test('exports of both kinds import again to the same leg', async (t) => {
    for (const format of ['pcap', 'pcapng'] as const) {
      const file = await exported(t, format, mixedInterfaces, mixedFrames)
      const { finder } = await importedStore(t, file)
      const [leg] = (await finder.findLegs({}, { limit: 10 })).rows
      assert.deepEqual([leg?.callId, leg?.messages, leg?.status], ['bytes@test', 3, 486])
    }
  })
})

describe('export as text', () => {
  test('each message stands under its time and ends, byte for byte', async (t) => {
    const text = await exported(t, 'txt', [{ linkType: ETHERNET, resolution: 9 }], udpCall)
    const first = Buffer.concat([
      Buffer.from('2026-11-21 10:00:00.000000 udp 10.0.0.1:5060 -> 10.0.0.2:5062\n'),
      invite,
      Buffer.from('\n\n'),
    ])
    assert.deepEqual(text.subarray(0, first.length), first)
    assert(text.includes('2026-11-21 10:00:05.000000 udp '))
    assert(text.includes(Buffer.concat([busy, Buffer.from('\n')])))
  })
})

describe('formatTime', () => {
  test('UTC with microseconds, to the end of the times that there are', () => {
    assert.equal(formatTime(0), '1970-01-01 00:00:00.000000')
    assert.equal(formatTime(1_795_255_200_000_001), '2026-11-21 10:00:00.000001')
    assert.equal(formatTime(Number.MAX_SAFE_INTEGER), '2255-06-05 23:47:34.740991')
  })
})

describe('export of what is gone or damaged', () => {
  const capture = captureOf([{ linkType: ETHERNET, resolution: 9 }], udpCall)

  test('a day that was dropped leaves nothing to export, and nothing is invented', async (t) => {
    const { finder, store } = await importedStore(t, capture)
    const { rows } = await finder.findLegs({}, { limit: 10 })
    for (const day of await store.index.days()) await store.index.drop(day)
    assert.deepEqual(framesIn(await gathered(exportFrames(finder, rows, 'pcap'))), [])
  })

  test('blocks that are gone under their index fail the export', async (t) => {
    const { finder, store } = await importedStore(t, capture)
    const { rows } = await finder.findLegs({}, { limit: 10 })
    for (const day of await store.blocks.days()) await store.blocks.drop(day)
    for (const format of ['pcap', 'pcapng', 'txt'] as const) {
      await assert.rejects(gathered(exportFrames(finder, rows, format)), (error) =>
        isFailure(error),
      )
    }
  })

  for (const format of ['pcap', 'pcapng', 'txt'] as const) {
    test(`as ${format} the rest is written, and who listens hears what is left out`, async (t) => {
      const other = frame(0, 0n, udpFrame(sip(INVITE, 'other@test')))
      const later = { ...other, ticks: other.ticks + 86_400_000_000_000n }
      const interfaces = [{ linkType: ETHERNET, resolution: 9 }] as const
      const { finder, store } = await importedStore(t, captureOf(interfaces, [...udpCall, later]))
      const { rows } = await finder.findLegs({}, { limit: 10, order: 'oldest' })
      const intact = await gathered(exportFrames(finder, rows.slice(1), format))
      await store.blocks.drop('2026-11-21')
      const unread = new Set<string>()
      const onUnread = (reason: string) => void unread.add(reason)
      // Blocks that were read before are remembered.
      const again = new StoreFinder(store)
      assert.deepEqual(await gathered(exportFrames(again, rows, format, { onUnread })), intact)
      assert.deepEqual(await gathered(exportFrames(again, rows, format)), intact)
      const reason = 'block 1 of 2026-11-21 cannot be read: no blocks of 2026-11-21'
      assert.deepEqual([...unread], [reason])
    })
  }
})
