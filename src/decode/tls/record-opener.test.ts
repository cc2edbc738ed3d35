// What no program here does on demand: a KeyUpdate, early data, and a second handshake inside the
// first, with records that the test protects by itself.
import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyLog } from '../../source/key-log.ts'
import { expandLabel } from './key-derivation.ts'
import { RecordOpener, type RecordOutcome } from './record-opener.ts'
import { TlsKeys } from './tls-keys.ts'

const RANDOM = Buffer.alloc(32, 7)
const SERVER_RANDOM = Buffer.alloc(32, 9)
const AES128_GCM_SHA256 = [0x13, 0x01]
const secretOf = (byte: number): Buffer => Buffer.alloc(32, byte)
const secrets = new KeyLog()
for (const [label, byte] of [
  ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', 1],
  ['SERVER_HANDSHAKE_TRAFFIC_SECRET', 2],
  ['CLIENT_TRAFFIC_SECRET_0', 3],
  ['SERVER_TRAFFIC_SECRET_0', 4],
] as const) {
  const line = `${label} ${RANDOM.toString('hex')} ${secretOf(byte).toString('hex')}\n`
  secrets.add(Buffer.from(line))
}

function handshake(type: number, body: Buffer): Buffer {
  const head = Buffer.from([type, 0, body.length >> 8, body.length & 255])
  return Buffer.concat([head, body])
}

const clientHello = handshake(1, Buffer.concat([Buffer.from([3, 3]), RANDOM, Buffer.alloc(3)]))
const serverHello = handshake(
  2,
  Buffer.concat([
    Buffer.from([3, 3]),
    SERVER_RANDOM,
    Buffer.from([0, ...AES128_GCM_SHA256, 0, 0, 6, 0, 43, 0, 2, 3, 4]),
  ]),
)

/** Protects as RFC 8446 §5.2 says, with AES-128-GCM. */
function sealed(secret: Buffer, sequence: number, type: number, text: string | Buffer) {
  const key = expandLabel('sha256', secret, 'key', 16)
  const nonce = expandLabel('sha256', secret, 'iv', 12)
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8)
  const inner = Buffer.concat([Buffer.from(text), Buffer.from([type, 0, 0])])
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  const length = inner.length + 16
  cipher.setAAD(Buffer.from([23, 3, 3, length >> 8, length & 255]))
  const body = Buffer.concat([cipher.update(inner), cipher.final(), cipher.getAuthTag()])
  return { type: 23, version: 0x303, body }
}

function openers(): { client: RecordOpener; server: RecordOpener } {
  const keys = new TlsKeys(secrets)
  const [client, server] = [new RecordOpener(keys), new RecordOpener(keys)]
  client.take({ type: 22, version: 0x301, body: clientHello })
  server.take({ type: 22, version: 0x303, body: serverHello })
  return { client, server }
}

function text(outcome: RecordOutcome): string {
  return typeof outcome === 'string' ? outcome : outcome.toString()
}

test('RecordOpener: follows a KeyUpdate to the next secret', () => {
  const { server } = openers()
  server.take(sealed(secretOf(2), 0, 22, handshake(20, Buffer.alloc(32))))
  assert.equal(text(server.take(sealed(secretOf(4), 0, 23, 'before'))), 'before')
  assert.equal(server.take(sealed(secretOf(4), 1, 22, handshake(24, Buffer.from([0])))), 'nothing')
  const next = expandLabel('sha256', secretOf(4), 'traffic upd', 32)
  assert.equal(text(server.take(sealed(next, 0, 23, 'after'))), 'after')
})

test('RecordOpener: passes early data over, and reads what follows it', () => {
  const { client } = openers()
  for (let i = 0; i < 60; i++) {
    assert.equal(client.take(sealed(secretOf(99), i, 23, 'early')), 'nothing')
  }
  client.take(sealed(secretOf(1), 0, 22, handshake(20, Buffer.alloc(32))))
  assert.equal(text(client.take(sealed(secretOf(3), 0, 23, 'data'))), 'data')
  assert.equal(client.isUnreadable, false)
})

test('RecordOpener: does without the end of the handshake, when that is what was lost', () => {
  const { client } = openers()
  assert.equal(text(client.take(sealed(secretOf(3), 0, 23, 'data'))), 'data')
})

test('RecordOpener: a record that was changed is not read', () => {
  const { client } = openers()
  const record = sealed(secretOf(3), 0, 23, 'data')
  fc.assert(
    fc.property(fc.nat(record.body.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const body = Buffer.from(record.body)
      body[at] = (body[at] ?? 0) ^ change
      assert.equal(openers().client.take({ ...record, body }), 'nothing')
    }),
    { seed: 6, numRuns: 30 },
  )
  assert.equal(text(client.take(record)), 'data')
})

test('RecordOpener: throws at no records', () => {
  const record = fc.record({
    type: fc.integer({ min: 20, max: 24 }),
    version: fc.constantFrom(0x301, 0x303),
    body: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  })
  fc.assert(
    fc.property(fc.array(record, { maxLength: 12 }), (records) => {
      const { client, server } = openers()
      for (const one of records) {
        client.take(one)
        server.take(one)
      }
    }),
    { seed: 8 },
  )
})
