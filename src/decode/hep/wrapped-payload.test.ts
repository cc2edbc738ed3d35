// What agents pack comes out; what would come to far more than anybody packs does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { limits } from '../../base/limits.ts'
import { unwrapPayload } from './wrapped-payload.ts'

const MESSAGE = Buffer.from(
  `OPTIONS sip:a@b SIP/2.0\r\nX: ${'x'.repeat(300)}\r\nCall-ID: 1\r\n\r\n`,
)
const ZEROS = Buffer.alloc(limits.messageBytesMax)

for (const [name, pack] of Object.entries({ gzipSync, deflateSync, deflateRawSync })) {
  test(`unwrapPayload: takes what ${name} packed, and no kilobyte that comes to a megabyte`, () => {
    assert.ok(unwrapPayload(pack(MESSAGE), 'surely')?.equals(MESSAGE))
    assert.equal(pack(ZEROS).length < 2_000, true)
    assert.equal(unwrapPayload(pack(ZEROS), 'surely'), undefined)
    const asMuchAsAPacket = ZEROS.subarray(0, limits.unpackedBytesFree)
    assert.equal(unwrapPayload(pack(asMuchAsAPacket), 'surely')?.length, limits.unpackedBytesFree)
  })
}

test('unwrapPayload: takes long texts that shrink as texts do', () => {
  const lines = Array.from(
    { length: 10_000 },
    (_, i) => `a=candidate:${i} 1 UDP ${i * 7_919} x\r\n`,
  )
  const text = Buffer.from(lines.join(''))
  assert.ok(text.length > 4 * limits.unpackedBytesFree)
  assert.ok(unwrapPayload(gzipSync(text))?.equals(text))
})

test('unwrapPayload: does not unpack twice', () => {
  assert.equal(unwrapPayload(gzipSync(MESSAGE), 'no'), undefined)
  const json = Buffer.from(JSON.stringify({ payload: MESSAGE.toString() }))
  assert.ok(unwrapPayload(json, 'no')?.equals(MESSAGE))
})
