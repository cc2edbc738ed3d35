// SRTP and SRTCP against published vectors, and what a receiver does with captures that begin late,
// repeat packets, or hold forged ones.
import assert from 'node:assert/strict'
import { createCipheriv, createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { deriveSessionKeys } from './key-derivation.ts'
import { ReplayWindow } from './replay-window.ts'
import { sdesKeys } from './sdes-keys.ts'
import { SrtcpSession } from './srtcp-session.ts'
import type { SrtpKey, SrtpSuiteName } from './srtp-key.ts'
import { SrtpReceiver } from './srtp-receiver.ts'
import { suiteOf } from './srtp-ciphers.ts'
import { hex, keyOf, randomKey, sealRtcp } from './srtcp.fixture.ts'

const KEY_128 = 'e1f97a0d3e018be0d64fa32c06de4139'
const KEY_256 = 'f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6'
const SALT = '0ec675ad498afeebb6960b3aabe6'
const HEADER = '800f1234decafbadcafebabe'
const PLAIN = 'ab'.repeat(16)

test('deriveSessionKeys gives the keys of RFC 3711 appendix B.3', () => {
  const keys = deriveSessionKeys(keyOf('AES_CM_128_HMAC_SHA1_80', KEY_128, SALT), 'rtp')
  assert.equal(keys.encryption.toString('hex'), 'c61e7a93744f39ee10734afe3ff7a087')
  assert.equal(keys.salt.toString('hex'), '30cbbc08863d8c85d49db34a9ae1')
  assert.equal(keys.authentication.toString('hex'), 'cebe321f6ff7716b6fd4ab49af256a156d38baa4')
})

test('deriveSessionKeys gives the 256-bit keys of RFC 6188 §7.2', () => {
  const salt = '3b04803de51ee7c96423ab5b78d2'
  const keys = deriveSessionKeys(keyOf('AES_256_CM_HMAC_SHA1_80', KEY_256, salt), 'rtp')
  const want = '5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4'
  assert.equal(keys.encryption.toString('hex'), want)
  assert.equal(keys.salt.toString('hex'), 'fa31791685ca444a9e07c6c64e93')
})

const published = [
  {
    name: 'AES_CM_128_HMAC_SHA1_80',
    key: keyOf('AES_CM_128_HMAC_SHA1_80', KEY_128, SALT),
    rest: '4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb',
  },
  {
    name: 'AES_256_CM_HMAC_SHA1_80',
    key: keyOf('AES_256_CM_HMAC_SHA1_80', KEY_256, '3b04803de51ee7c96423ab5b78d2'),
    rest: 'f1d9de17ff251ff1aa007774b0b4b40d a08d9d9a5b3a55d8873b',
  },
  {
    name: 'AEAD_AES_128_GCM',
    key: keyOf('AEAD_AES_128_GCM', '000102030405060708090a0b0c0d0e0f', 'a0a1a2a3a4a5a6a7a8a9aaab'),
    rest: 'c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392',
  },
]
for (const { name, key, rest } of published) {
  test(`a receiver opens the published packet of ${name}`, () => {
    const receiver = new SrtpReceiver([key])
    const packet = hex(HEADER + rest)
    assert.equal(receiver.open(packet)?.toString('hex'), HEADER + PLAIN)
    packet[20] = (packet[20] ?? 0) ^ 1
    assert.equal(receiver.open(packet), undefined)
    assert.deepEqual(receiver.counts, { opened: 1, unauthentic: 1, replayed: 0 })
  })
}

// A sender of our own, written apart from what it tests: by the layout of RFC 3711 §3.1 alone.
function protect(key: SrtpKey, number: number, rollover: number): Buffer {
  const keys = deriveSessionKeys(key, 'rtp')
  const { cipher, isAead, tagBytes } = suiteOf(key.suite)
  const header = hex(HEADER)
  header.writeUInt16BE(number, 2)
  const text = Buffer.from(`packet ${number} of ${rollover}`)
  const index = BigInt(rollover) * 65_536n + BigInt(number)
  const saltBits = BigInt(`0x${keys.salt.toString('hex')}`)
  const ssrc = 0xcafebaben
  if (isAead) {
    const iv = (saltBits ^ (ssrc << 48n) ^ index).toString(16).padStart(24, '0')
    const sealing = createCipheriv(cipher as 'aes-128-gcm', keys.encryption, hex(iv))
    sealing.setAAD(header)
    const sealed = Buffer.concat([sealing.update(text), sealing.final(), sealing.getAuthTag()])
    return Buffer.concat([header, sealed, key.mki])
  }
  const iv = ((saltBits << 16n) ^ (ssrc << 64n) ^ (index << 16n)).toString(16).padStart(32, '0')
  const body = createCipheriv(cipher, keys.encryption, hex(iv)).update(text)
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(rollover)
  const hmac = createHmac('sha1', keys.authentication).update(header).update(body).update(counter)
  return Buffer.concat([header, body, key.mki, hmac.digest().subarray(0, tagBytes)])
}

const suites: SrtpSuiteName[] = [
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
  'AES_192_CM_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_32',
  'AEAD_AES_128_GCM',
  'AEAD_AES_256_GCM',
]

for (const suite of suites) {
  test(`a capture of ${suite} that begins in the third round of numbers opens whole`, () => {
    const [wrong, key] = [randomKey(suite, 1), randomKey(suite, 2)]
    const receiver = new SrtpReceiver([wrong, key])
    const sent = [65_533, 65_535, 65_534, 0, 1, 3].map((number) => {
      const rollover = number < 10 ? 4 : 3
      return { packet: protect(key, number, rollover), text: `packet ${number} of ${rollover}` }
    })
    for (const { packet, text } of sent) {
      assert.equal(receiver.open(packet)?.subarray(12).toString(), text)
    }
    assert.deepEqual(receiver.counts, { opened: 6, unauthentic: 0, replayed: 0 })
  })
}

test('a receiver hands on no packet twice', () => {
  const key = randomKey('AES_CM_128_HMAC_SHA1_80', 3)
  const receiver = new SrtpReceiver([key])
  for (const number of [7, 8, 7, 9, 8]) receiver.open(protect(key, number, 0))
  assert.deepEqual(receiver.counts, { opened: 3, unauthentic: 0, replayed: 2 })
})

test('a receiver goes on under a new key, and takes late packets of the old one', () => {
  const keys = [randomKey('AES_CM_128_HMAC_SHA1_80', 4), randomKey('AEAD_AES_256_GCM', 5)] as const
  const receiver = new SrtpReceiver(keys)
  const opened = [
    receiver.open(protect(keys[0], 100, 0)),
    receiver.open(protect(keys[1], 102, 0)),
    receiver.open(protect(keys[0], 101, 0)),
  ]
  assert.ok(opened.every((packet) => packet !== undefined))
})

test('the MKI in a packet says which key opens it', () => {
  const key = randomKey('AES_CM_128_HMAC_SHA1_80', 6, '00000002')
  const same = { ...key, mki: hex('00000001') }
  assert.equal(new SrtpReceiver([same]).open(protect(key, 5, 0)), undefined)
  assert.ok(new SrtpReceiver([same, key]).open(protect(key, 5, 0)))
  const sealed = randomKey('AEAD_AES_128_GCM', 6, '0102')
  assert.ok(new SrtpReceiver([sealed]).open(protect(sealed, 5, 0)))
})

test('a receiver refuses whatever bytes it gets without a key for them', () => {
  const receiver = new SrtpReceiver(suites.map((suite, i) => randomKey(suite, i)))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      assert.equal(receiver.open(bytes), undefined)
      assert.equal(receiver.open(Buffer.concat([hex(HEADER), bytes])), undefined)
      for (const suite of suites) {
        assert.equal(new SrtcpSession(randomKey(suite, 9)).open(bytes), undefined)
      }
    }),
    { seed: 7, numRuns: 20 },
  )
})

test('an SRTCP packet opens by the index that it carries, under either kind of suite', () => {
  for (const suite of ['AES_CM_128_HMAC_SHA1_32', 'AEAD_AES_128_GCM'] as const) {
    const key = randomKey(suite, 8)
    const clear = Buffer.from('\x80\xc9\0\x01\xca\xfe\xba\xbea receiver report', 'latin1')
    const packet = sealRtcp(key, clear, 5)
    const session = new SrtcpSession(key)
    assert.equal(session.open(packet)?.subarray(8).toString(), 'a receiver report')
    packet[10] = (packet[10] ?? 0) ^ 1
    assert.equal(session.open(packet), undefined)
  }
})

test('a replay window takes each index once and none from before it', () => {
  const window = new ReplayWindow()
  assert.deepEqual(
    [5, 5, 3, 2_000, 3, 1_999, 900].map((index) => window.take(index)),
    [true, false, true, true, false, true, false],
  )
})

const line = (keyParams: string, sessionParams: string[] = [], suite = 'AES_CM_128_HMAC_SHA1_80') =>
  sdesKeys({ tag: 1, suite, keyParams, sessionParams })
const INLINE = `inline:${Buffer.from(KEY_128 + SALT, 'hex').toString('base64')}`

test('sdesKeys reads key, salt, lifetime and MKI of an a=crypto line', () => {
  const [plain] = line(INLINE)
  assert.equal(plain?.masterKey.toString('hex'), KEY_128)
  assert.equal(plain?.masterSalt.toString('hex'), SALT)
  const several = line(`${INLINE}|2^20|1:4;${INLINE}|2^20|258:2;${INLINE}|3:1;${INLINE}|2^31`)
  const identifiers = several.map(({ mki }) => mki.toString('hex'))
  assert.deepEqual(identifiers, ['00000001', '0102', '03', ''])
  const [bare] = line(INLINE, ['UNENCRYPTED_SRTP', 'KDR=0'])
  assert.equal(bare?.isUnencryptedSrtp, true)
})

test('sdesKeys gives no key where a line has none that we can use', () => {
  assert.deepEqual(line('inline:AAAA'), [])
  assert.deepEqual(line(INLINE, [], 'F8_128_HMAC_SHA1_80'), [])
  assert.deepEqual(line(INLINE, ['KDR=3']), [])
  assert.deepEqual(line(`${INLINE}|2^20|1:0`), [])
  assert.deepEqual(line('uri:nothing'), [])
})
