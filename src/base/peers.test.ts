// Who asks, and how often it is there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PeerCounts, peerOf } from './peers.ts'

const same = [
  ['an address of IPv4 and the same one in the clothes of IPv6', '192.0.2.1', '::ffff:192.0.2.1'],
  ['two addresses of one /64', '2001:db8:0:1::1', '2001:db8::1:ffff:ffff:ffff:ffff'],
  ['an address with a zone and another one of the link', 'fe80::1%eth0', 'fe80::2'],
] as const

for (const [name, one, other] of same) {
  test(`peerOf: ${name} are one peer`, () => assert.equal(peerOf(one), peerOf(other)))
}

const apart = [
  ['neighbours in IPv4', '192.0.2.1', '192.0.2.2'],
  ['two /64 of one customer', '2001:db8:0:1::1', '2001:db8:0:2::1'],
  ['addresses of IPv4 mapped into IPv6', '::ffff:192.0.2.1', '::ffff:192.0.2.2'],
  ['what is no address', '', 'here'],
] as const

for (const [name, one, other] of apart) {
  test(`peerOf: ${name} are two peers`, () => assert.notEqual(peerOf(one), peerOf(other)))
}

test('connections are counted for the peer, and one that left makes room', () => {
  const counts = new PeerCounts()
  counts.add('2001:db8::1')
  counts.add('2001:db8::2')
  assert.equal(counts.of('2001:db8::3'), 2)
  counts.remove('2001:db8::1')
  counts.remove('2001:db8::2')
  assert.equal(counts.of('2001:db8::3'), 0)
})
