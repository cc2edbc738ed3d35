// Keys that OpenSSL agrees on by DTLS, as an observer with the key log of its client finds them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyLog } from '../../source/key-log.ts'
import { DtlsHandshakes } from './dtls-keys.ts'
import { dtlsHandshake, withoutOpenssl } from './dtls.fixture.ts'

const profiles = [
  { profile: 'SRTP_AES128_CM_SHA1_80', suite: 'AES_CM_128_HMAC_SHA1_80', bytes: 60 },
  { profile: 'SRTP_AES128_CM_SHA1_32', suite: 'AES_CM_128_HMAC_SHA1_32', bytes: 60 },
  { profile: 'SRTP_AEAD_AES_128_GCM', suite: 'AEAD_AES_128_GCM', bytes: 56 },
  { profile: 'SRTP_AEAD_AES_256_GCM', suite: 'AEAD_AES_256_GCM', bytes: 88 },
]
for (const { profile, suite, bytes } of profiles) {
  test(`the keys of ${profile} are those that OpenSSL exports`, {
    skip: withoutOpenssl,
  }, async (t) => {
    const { datagrams, keyLog, exported } = await dtlsHandshake(t, profile, bytes)
    const secrets = new KeyLog()
    secrets.add(keyLog)
    const handshakes = new DtlsHandshakes()
    // Twice, as a capture on two interfaces has it.
    for (const { bytes: datagram } of [...datagrams, ...datagrams]) {
      handshakes.push('a b', datagram)
    }
    const keys = handshakes.keys(secrets)
    assert.deepEqual(
      keys.map((key) => key.suite),
      [suite, suite],
    )
    const block = [...keys.map((key) => key.masterKey), ...keys.map((key) => key.masterSalt)]
    assert.equal(Buffer.concat(block).toString('hex'), exported)
    assert.deepEqual(handshakes.keys(new KeyLog()), [])
  })
}

test('whatever datagrams hold, they are read within bounds', () => {
  const handshakes = new DtlsHandshakes()
  const secrets = new KeyLog()
  const head = fc.constantFrom('16fefd0000', '16feff0000', '17fefd0001')
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 120 }), fc.nat(3), (hex, rest, ends) => {
      handshakes.push(`${ends}`, Buffer.concat([Buffer.from(hex, 'hex'), rest]))
      handshakes.push(`${ends}`, rest)
      assert.deepEqual(handshakes.keys(secrets), [])
    }),
    { seed: 9, numRuns: 500 },
  )
})
