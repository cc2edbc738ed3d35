// Calls that came by HEP, exported: other tools see the packets that the agents had seen.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { deflateSync } from 'node:zlib'
import { StoreFinder } from './store-finder.ts'
import { exportFrames, type ExportFormat } from './export.ts'
import { hepPacket, options, sendDatagrams, startLive } from '../line/live.fixture.ts'
import { makeFolder, withStore } from '../line/store.fixture.ts'
import { readCaptureFile } from '../source/capture-file.ts'

const TSHARK = '/usr/bin/tshark'
const IP6 = { src: new Uint8Array(16).fill(0x20), dst: new Uint8Array(16).fill(0x21) }
const NUL_BODY = Buffer.concat([options('bytes'), Buffer.from([0, 0xff, 0xfe, 0x0d])])

/** Sends messages to a server by HEP and exports them. */
async function exported(t: TestContext, format: ExportFormat, packets: Buffer[]): Promise<string> {
  const server = await startLive(t)
  await sendDatagrams(server.port('udp'), ...packets)
  await server.found(packets.length)
  await server.close()
  const path = join(makeFolder(t), `out.${format}`)
  await withStore(server.folder, 'read', async (store) => {
    const finder = new StoreFinder(store)
    const { rows } = await finder.findLegs({}, { limit: 100, order: 'oldest' })
    const parts: Buffer[] = []
    for await (const part of exportFrames(finder, rows, format)) parts.push(part)
    writeFileSync(path, Buffer.concat(parts))
  })
  return path
}

/** A compressed payload, as heplify sends it. */
function compressed(payload: Buffer): Buffer {
  const packet = hepPacket(deflateSync(payload))
  const at = packet.indexOf(Buffer.from('0000000f', 'hex'))
  packet.writeUInt16BE(0x10, at + 2)
  return packet
}

const packets = (): Buffer[] => [
  hepPacket(NUL_BODY),
  hepPacket(options('over-tcp'), { ipProtocol: 6 }),
  hepPacket(options('over-tcp-2'), { ipProtocol: 6 }),
  hepPacket(options('six'), IP6),
  compressed(options('packed')),
]

for (const format of ['pcap', 'pcapng'] as const) {
  test(`export as ${format}: what came by HEP is written as it was seen`, async (t) => {
    const path = await exported(t, format, packets())
    const payloads: Buffer[] = []
    await readCaptureFile(path, {
      emit: ({ bytes, start, end }) => payloads.push(Buffer.from(bytes.subarray(start, end))),
    })
    const ends = [NUL_BODY, ...['over-tcp', 'over-tcp-2', 'six', 'packed'].map(options)]
    assert.deepEqual(
      payloads.map((frame, i) => frame.subarray(frame.length - (ends[i]?.length ?? 0))),
      ends,
    )
  })

  test(`export as ${format}: tshark sees SIP where it came by HEP`, async (t) => {
    if (!existsSync(TSHARK)) {
      t.skip('tshark is missing')
      return
    }
    const path = await exported(t, format, packets())
    const fields = ['-T', 'fields', '-e', 'sip.Call-ID', '-e', 'ip.proto', '-e', 'udp.dstport']
    const rows = execFileSync(TSHARK, ['-r', path, ...fields], { encoding: 'utf8' })
    assert.deepEqual(rows.trimEnd().split('\n'), [
      'bytes\t17\t5061',
      'over-tcp\t6\t',
      'over-tcp-2\t6\t',
      'six\t\t5061',
      'packed\t17\t5061',
    ])
  })
}
