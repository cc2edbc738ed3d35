// Checks that addresses come back as RFC 5952 writes them, and that the table keeps its bound.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressTable, formatIp4, formatIp6, parseIp4, parseIp6 } from './address-table.ts'

/** RFC 5952 §4 and §5, and the ends of each rule. */
const texts: readonly (readonly [hex: string, text: string])[] = [
  ['20010db8000000000000000000000001', '2001:db8::1'],
  ['20010db80000000100000000000000ff', '2001:db8:0:1::ff'],
  ['20010000000000010000000000000001', '2001:0:0:1::1'],
  ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000000000001', '::1'],
  ['00010000000000000000000000000000', '1::'],
  ['abcdef0123456789abcdef0123456789', 'abcd:ef01:2345:6789:abcd:ef01:2345:6789'],
]

for (const [hex, text] of texts) {
  test(`formatIp6: writes ${text}`, () => {
    const bytes = Buffer.from(`ff${hex}ff`, 'hex')
    assert.equal(formatIp6(bytes, 1), text)
    const table = new AddressTable()
    assert.equal(table.text(table.ip6(bytes, 1)), text)
  })
}

test('formatIp4: writes dotted decimal of the whole range', () => {
  assert.equal(formatIp4(0), '0.0.0.0')
  assert.equal(formatIp4(0x0a0000fe), '10.0.0.254')
  assert.equal(formatIp4(0xffffffff), '255.255.255.255')
})

test('an IPv4 address is its own id', () => {
  assert.equal(new AddressTable().text(0xc0a80001), '192.168.0.1')
})

test('an IPv6 address gets one id, however often it is seen', () => {
  const table = new AddressTable()
  const first = Buffer.from('20010db8000000000000000000000001', 'hex')
  const second = Buffer.from('20010db8000000000000000000000002', 'hex')
  const id = table.ip6(first, 0)
  assert.notEqual(table.ip6(second, 0), id)
  assert.equal(table.ip6(Buffer.from(first), 0), id)
  assert.deepEqual(table.stats(), { addresses: 2, turnedAway: 0 })
})

test('an address keeps its text after more addresses than texts are kept', () => {
  const table = new AddressTable()
  const address = (n: number): Buffer => {
    const bytes = Buffer.from('fe800000000000000000000000000000', 'hex')
    bytes.writeUInt32BE(n, 12)
    return bytes
  }
  const ids = Array.from({ length: 70_000 }, (_, n) => table.ip6(address(n + 1), 0))
  for (const id of ids) table.text(id)
  assert.equal(table.text(ids[0] ?? 0), 'fe80::1')
  assert.equal(table.text(ids[69_999] ?? 0), 'fe80::1:1170')
})

test('addresses beyond the bound share one id, and are counted', () => {
  const table = new AddressTable(2)
  const ids = [1, 2, 3, 4, 1].map((last) => table.ip6(Buffer.alloc(16, last), 0))
  assert.equal(ids[2], ids[3])
  assert.equal(ids[0], ids[4])
  assert.equal(table.text(ids[2] ?? 0), '::')
  assert.deepEqual(table.stats(), { addresses: 2, turnedAway: 2 })
})

for (const [hex, text] of texts) {
  test(`parseIp6: reads ${text}`, () => {
    assert.equal(Buffer.from(parseIp6(text) ?? []).toString('hex'), hex)
  })
}

test('parseIp6: reads upper case, and an IPv4 address at the end', () => {
  const hexOf = (text: string) => Buffer.from(parseIp6(text) ?? []).toString('hex')
  assert.equal(hexOf('2001:DB8::A'), '20010db800000000000000000000000a')
  assert.equal(hexOf('::ffff:192.0.2.1'), '00000000000000000000ffffc0000201')
})

test('parseIp6 and parseIp4: give nothing for what is no address', () => {
  const no6 = [
    '',
    ':',
    '1',
    '1:2',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'fe80::1%eth0',
  ]
  for (const text of [...no6, '12345::', '::1.2.3', '::1.2.3.4:5', 'host.test']) {
    assert.equal(parseIp6(text), undefined, text)
  }
  for (const text of ['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '1.2.3.x', ' 1.2.3.4']) {
    assert.equal(parseIp4(text), undefined, text)
  }
})

test('address table: the text of an address leads to the id that its bytes have', () => {
  const table = new AddressTable()
  const id = table.ip6(Buffer.from('20010db8000000000000000000000001', 'hex'), 0)
  assert.equal(table.idOf('2001:DB8:0::1'), id)
  assert.equal(table.idOf('10.0.0.1'), 0x0a000001)
  assert.equal(table.idOf('sip.test'), undefined)
})
