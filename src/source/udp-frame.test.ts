// Frames made of datagrams, read back by decode and judged by tshark.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { addressBytes } from '../base/address-bytes.ts'
import { AddressTable } from '../base/address-table.ts'
import { Decoder } from '../decode/decoder.ts'
import type { Frame } from './frame.ts'
import { HEP_FRAME_BYTES_MAX, HepFrames, hepInterface } from './hep/hep-peer.ts'
import {
  PCAP_HEADER_BYTES,
  PCAP_RECORD_HEADER_BYTES,
  writePcapHeader,
  writePcapRecord,
} from './pcap-writer.ts'
import { UdpFrameWriter } from './udp-frame.ts'

const T_US = Date.UTC(2026, 10, 21) * 1000 + 123
const cases = [
  { src: '192.0.2.1', dst: '198.51.100.2', payload: Buffer.from('odd') },
  { src: '192.0.2.1', dst: '198.51.100.2', payload: Buffer.alloc(1_400, 0xff) },
  { src: '2001:db8::1', dst: '2001:db8::2', payload: Buffer.from('even') },
  { src: '::1', dst: '::1', payload: Buffer.alloc(0) },
]

function bytesOf(address: string): Uint8Array {
  const bytes = addressBytes(address)
  assert.ok(bytes !== undefined)
  return bytes
}

function frameOf(writer: UdpFrameWriter, { src, dst, payload }: (typeof cases)[number]) {
  const [from, to] = [bytesOf(src), bytesOf(dst)]
  return writer.write({ tUs: T_US, src: from, srcPort: 5060, dst: to, dstPort: 40_000, payload })
}

test('a datagram comes back from its frame as it was', () => {
  const addresses = new AddressTable()
  const found: string[] = []
  const decoder = new Decoder(addresses, {
    datagram: ({ src, srcPort, dst, dstPort, tUs, bytes, start, end }) => {
      const ends = `${addresses.text(src)} ${srcPort} ${addresses.text(dst)} ${dstPort}`
      found.push(`${tUs} ${ends} ${bytes.toString('hex', start, end)}`)
    },
    streamChunk: () => assert.fail('no stream was sent'),
  })
  const writer = new UdpFrameWriter('test')
  for (const one of cases) {
    const frame = frameOf(writer, one)
    assert.ok(frame !== undefined)
    decoder.push(frame)
  }
  const expected = cases.map(
    ({ src, dst, payload }) => `${T_US} ${src} 5060 ${dst} 40000 ${payload.toString('hex')}`,
  )
  assert.deepEqual(found, expected)
})

const format = { linkType: 101, snapLength: 262_144, isNanosecond: false }

function recordOf(frame: Frame | undefined): Buffer {
  assert.ok(frame !== undefined)
  const record = Buffer.alloc(PCAP_RECORD_HEADER_BYTES + frame.end)
  writePcapRecord(record, 0, { ...frame, subUsNs: 0 }, format)
  return record
}

/** The frame in which a HEP packet of this peer is kept. */
function hepRecord({ src, payload }: (typeof cases)[number]): Buffer {
  const frames = new HepFrames(hepInterface('udp'), { transport: 'udp', address: src }, 40_000)
  const memory = Buffer.alloc(HEP_FRAME_BYTES_MAX)
  return recordOf(frames.frame(memory, payload, 0, payload.length, T_US))
}

test('tshark finds the checksums right', (t) => {
  if (spawnSync('tshark', ['-v']).error !== undefined) {
    t.skip('tshark is not installed')
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'earshot-udp-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const header = Buffer.alloc(PCAP_HEADER_BYTES)
  writePcapHeader(header, 0, format)
  const writer = new UdpFrameWriter('test')
  const records = cases.map((one) => recordOf(frameOf(writer, one)))
  const path = join(folder, 'made.pcap')
  writeFileSync(path, Buffer.concat([header, ...records, ...cases.map(hepRecord)]))
  const checks = ['-o', 'udp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE']
  const fields = ['-T', 'fields', '-e', 'udp.checksum.status', '-e', 'ip.checksum.status']
  const { stdout } = spawnSync('tshark', ['-r', path, ...checks, ...fields])
  assert.deepEqual(
    stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
    // 3: no checksum, which IPv6 does not allow.
    ['1\t1', '1\t1', '1', '1', '3\t1', '3\t1', '1', '1'],
  )
})

test('a payload that no datagram can hold has no frame', () => {
  const payload = Buffer.alloc(65_508)
  assert.equal(
    frameOf(new UdpFrameWriter('t'), { src: '1.1.1.1', dst: '1.1.1.2', payload }),
    undefined,
  )
})
