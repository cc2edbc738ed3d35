// Addresses as bytes, compared with those that the address table writes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressBytes, inOneFamily } from './address-bytes.ts'
import { formatIp6 } from './address-table.ts'

test('an IPv4 address is its four bytes, in the clothes of IPv6 too', () => {
  assert.deepEqual(addressBytes('192.0.2.255'), Uint8Array.of(192, 0, 2, 255))
  assert.deepEqual(addressBytes('::ffff:192.0.2.1'), Uint8Array.of(192, 0, 2, 1))
})

test('an IPv6 address is its sixteen bytes, however it is written', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const bytes = addressBytes(text)
      assert.ok(bytes !== undefined)
      if (bytes.length === 4) return
      assert.deepEqual(addressBytes(formatIp6(bytes, 0)), bytes)
    }),
    { numRuns: 300, seed: 4291 },
  )
  const loopback = new Uint8Array(16)
  loopback[15] = 1
  assert.deepEqual(addressBytes('::1'), loopback)
  assert.deepEqual(addressBytes('::1%lo'), loopback)
  assert.equal(addressBytes('2001:db8::64:192.0.2.33')?.[13], 0)
  assert.equal(addressBytes('2001:db8::64:192.0.2.33')?.[15], 33)
})

test('what is no address has no bytes', () => {
  for (const text of ['', 'localhost', '1.2.3', '1.2.3.256', ':::', 'fe80::g']) {
    assert.equal(addressBytes(text), undefined, text)
  }
})

test('of two addresses of different families both become IPv6, of one they stay', () => {
  const ip4 = Uint8Array.of(192, 0, 2, 1)
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1)
  const ip6 = new Uint8Array(16).fill(1)
  assert.deepEqual(inOneFamily(ip4, ip6), [mapped, ip6])
  assert.deepEqual(inOneFamily(ip6, ip4), [ip6, mapped])
  assert.deepEqual(inOneFamily(ip4, ip4), [ip4, ip4])
})
