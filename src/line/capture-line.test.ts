// Frames into blocks and legs: the same for the same capture however it arrives, in an order that a
// store can write, and with every message where its leg says it is.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ByteReader } from '../base/byte-reader.ts'
import { type PackedLeg, unpackLeg } from '../calls/leg-record-codec.ts'
import { FACT_FIELDS, FACT_HASH, FACT_LENGTH, FACT_OFFSET, FACT_REF } from '../calls/leg-record.ts'
import { decodeTrail } from '../calls/leg-trail-codec.ts'
import { hashBytes32 } from '../sip/header-reader.ts'
import { readCaptureFile, readCaptureStream } from '../source/capture-file.ts'
import type { EmitFrame } from '../source/record-walker.ts'
import type { BuiltBlock } from '../store/block-builder.ts'
import { BlockNumbers } from '../store/block-numbers.ts'
import { blockOf, offsetOf, REF_SCALE } from '../store/frame-ref.ts'
import { PacketBlocks } from '../store/packet-blocks.ts'
import { CaptureLine } from './capture-line.ts'
import { joinSettings } from './store.fixture.ts'

const captures = join(import.meta.dirname, '../../test/captures')

/** UDP and TCP, fragments, IPv6, tunnels, several interfaces, damage. */
const names = [
  'gen__sipp-ipv6-tcp.pcap',
  'gen__sipp-tcp-split-mtu296.pcap',
  'gen__sipp-udp-ipfrag-mtu296.pcap',
  'gen__sipp-lost25-retrans.pcap',
  'gen__dumpcap-two-interfaces.pcapng',
  'derived__ng-3ifaces-3tsresol-tsoffset.pcapng',
  'derived__span-duplicates.pcap',
  'derived__tcp-ooo-retrans.pcap',
  'derived__cut-mid-record.pcap',
  'derived__vxlan-in-vlan.pcap',
]

for (const name of names) {
  test(`CaptureLine: ${name} gives the same however it arrives`, async () => {
    const path = join(captures, name)
    const whole = await run((emit) => readCaptureFile(path, { emit }))
    assert.ok(whole.legs.length > 0)
    for (const size of [1, 13, 1_460]) {
      const pieces = await run((emit) => readCaptureStream(chunksOf(path, size), { emit }))
      assert.deepEqual(pieces.blocks.map(bytesOf), whole.blocks.map(bytesOf))
      assert.deepEqual(pieces.legs, whole.legs)
      assert.deepEqual(pieces.steps, whole.steps)
    }
  })

  test(`CaptureLine: ${name} has its blocks before what points into them`, async () => {
    const path = join(captures, name)
    const { steps } = await run((emit) => readCaptureFile(path, { emit }))
    const there = new Set<number>()
    for (const step of steps) {
      if (step.kind === 'block') there.add(step.block)
      if (step.kind === 'legs') for (const ref of step.refs) assert.ok(there.has(blockOf(ref)))
      if (step.kind !== 'checkpoint') continue
      assert.ok(step.indexedBefore <= step.nextBlock)
      assert.equal(step.nextBlock, 1 + there.size)
    }
    assert.deepEqual(steps.at(-1)?.kind, 'checkpoint')
  })

  test(`CaptureLine: ${name} has the bytes of each message where the trail says`, async () => {
    const path = join(captures, name)
    const { blocks, legs } = await run((emit) => readCaptureFile(path, { emit }))
    const packets = new Map(blocks.map((built) => [built.block, new PacketBlocks(bytesOf(built))]))
    for (const leg of legs) {
      const { facts, extras } = decodeTrail(leg.trail, REF_SCALE)
      assert.equal(facts.length / FACT_FIELDS, leg.summary.messages)
      // A message in several pieces is checked by the tests of what decodes it.
      if (extras.length > 0) continue
      for (let at = 0; at < facts.length; at += FACT_FIELDS) {
        const ref = facts[at + FACT_REF] ?? 0
        const frame = packets.get(blockOf(ref))?.frame(ref, offsetOf(ref))
        assert.ok(frame !== undefined)
        const start = frame.start + (facts[at + FACT_OFFSET] ?? 0)
        const end = start + (facts[at + FACT_LENGTH] ?? 0)
        assert.equal(hashBytes32(frame.bytes.subarray(start, end)), facts[at + FACT_HASH])
      }
    }
  })
}

test('CaptureLine: no frames make no block and one checkpoint', async () => {
  const { steps } = await run(async () => {})
  assert.deepEqual(steps, [{ kind: 'checkpoint', nextBlock: 1, indexedBefore: 1 }])
})

type Step =
  | { readonly kind: 'block'; readonly block: number }
  | { readonly kind: 'legs'; readonly refs: readonly number[] }
  | { readonly kind: 'checkpoint'; readonly nextBlock: number; readonly indexedBefore: number }

async function run(read: (emit: EmitFrame) => Promise<unknown>) {
  const blocks: BuiltBlock[] = []
  const legs: PackedLeg[] = []
  const steps: Step[] = []
  const line = new CaptureLine({
    settings: joinSettings,
    numbers: BlockNumbers.from(1),
    output: {
      block: (built) => {
        blocks.push(built)
        steps.push({ kind: 'block', block: built.block })
      },
      legs: (packed) => {
        const reader = new ByteReader(packed)
        const refs: number[] = []
        while (!reader.isAtEnd) {
          const leg = unpackLeg(reader)
          legs.push({ ...leg, trail: Uint8Array.from(leg.trail) })
          refs.push(...refsOf(leg))
        }
        steps.push({ kind: 'legs', refs })
      },
      streams: () => {},
      notes: () => {},
      checkpoint: ({ nextBlock, indexedBefore }) => {
        steps.push({ kind: 'checkpoint', nextBlock, indexedBefore })
      },
    },
  })
  await read((frame) => line.push(frame))
  line.finish()
  return { blocks, legs, steps }
}

function refsOf(leg: PackedLeg): number[] {
  const { facts, extras } = decodeTrail(leg.trail, REF_SCALE)
  const refs = extras.flatMap((extra) => extra.filter((_, i) => i % 3 === 0))
  for (let at = FACT_REF; at < facts.length; at += FACT_FIELDS) refs.push(facts[at] ?? 0)
  return refs
}

function bytesOf(built: BuiltBlock): Buffer {
  return built.bytes.subarray(0, built.length)
}

async function* chunksOf(path: string, size: number): AsyncGenerator<Buffer> {
  const bytes = readFileSync(path)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
