// Hardware ids in all the ways in which phones and people write them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparableHardwareId, formatHardwareId, macWithin } from './hardware-id.ts'

test('a MAC address is the same however it is written, and a name in any case', () => {
  for (const written of [
    '00:1B:2C:3D:4E:5F',
    '00-1b-2c-3d-4e-5f',
    '001b.2c3d.4e5f',
    '001B2C3D4E5F',
    ' 001b2c3d4e5f ',
  ]) {
    assert.equal(comparableHardwareId(written), '001b2c3d4e5f', written)
  }
  assert.equal(comparableHardwareId('Desk-7.Example.COM.'), 'desk-7.example.com')
  assert.equal(formatHardwareId('001b2c3d4e5f'), '00:1b:2c:3d:4e:5f')
  assert.equal(formatHardwareId('desk-7'), 'desk-7')
})

test('the MAC address in what a phone says is found, and nothing else is taken for one', () => {
  for (const [text, mac] of [
    ['Yealink SIP-T46U 108.86.0.20 80:5e:c0:12:34:56', '805ec0123456'],
    ['snom320/8.7.5.35 00041325A0B1', '00041325a0b1'],
    ['<sip:100@10.0.0.9:5060>;mac=0004f2-a1b2c3', undefined],
    ['<sip:0004f2a1b2c3@10.0.0.9>', '0004f2a1b2c3'],
    ['PolycomVVX-VVX_410-UA/5.9.0.9373', undefined],
    ['firmware 202104151234', undefined],
    ['z9hG4bK0004f2a1b2c3', undefined],
    ['0004f2a1b2c3d4', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(macWithin(text), mac, text)
  }
})
