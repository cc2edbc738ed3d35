// Phones from registrations: what a REGISTER tells of them, and how they meet the inventory. The
// registrations are a real capture file, read and stored as the product does it.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { inShortTime } from '../base/duration.fixture.ts'
import { ethernet, ip4, udp } from '../decode/frames.fixture.ts'
import { captureOf, importedStore } from '../query/store.fixture.ts'
import { Inventory } from './inventory.ts'
import { PhoneBook } from './phone-book.ts'

interface Registering {
  readonly user: string
  readonly contact: string
  readonly userAgent: string
  readonly status?: number
  readonly src?: string
}

const EVERYTHING = { id: 'a', scope: [] }

function captureOfRegistrations(all: readonly Registering[]): Buffer {
  const frames = all.flatMap(({ user, contact, userAgent, status = 200, src }, i) => {
    const head = (start: string, more: string) =>
      [
        start,
        `Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK${i}`,
        `From: <sip:${user}@pbx.test>;tag=${i}`,
        `To: <sip:${user}@pbx.test>`,
        `Call-ID: reg-${i}`,
        'CSeq: 1 REGISTER',
        more,
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n')
    const more = `Contact: ${contact}\r\nUser-Agent: ${userAgent}`
    const bytes = [
      ethernet(0x0800, ip4(udp(head('REGISTER sip:pbx.test SIP/2.0', more)), src ? { src } : {})),
      ethernet(0x0800, ip4(udp(head(`SIP/2.0 ${status} OK`, 'Server: pbx')))),
    ]
    return bytes.map((each, n) => ({
      interfaceId: 0,
      ticks: BigInt(Date.UTC(2026, 10, 20) * 1000 + i * 1_000_000 + n),
      bytes: each,
    }))
  })
  return captureOf([{ linkType: 1 }], frames)
}

async function start(t: TestContext, all: readonly Registering[], written: object = {}) {
  const { finder, folder } = await importedStore(t, captureOfRegistrations(all))
  const path = join(folder, 'house.json')
  writeFileSync(path, JSON.stringify(written))
  const inventory = new Inventory({ folder, path })
  t.after(() => inventory.close())
  const clock = { tUs: 1_000_000_000, nowUs: () => clock.tUs }
  return { finder, inventory, clock, book: new PhoneBook(inventory, clock) }
}

const desk: Registering = {
  user: '100',
  contact: '<sip:100@10.0.0.9:5070;transport=tcp>',
  userAgent: 'Yealink SIP-T46U 108.86.0.20 80:5e:c0:12:34:56',
}

test('a phone is what its REGISTER says: contact, hardware, model, registrar', async (t) => {
  const { book, finder } = await start(t, [desk])
  const [phone, ...others] = await book.phones(EVERYTHING, finder)
  assert.deepEqual(others, [])
  assert.deepEqual(
    [phone?.name, phone?.aor, phone?.contact, phone?.hardwareId, phone?.model, phone?.source],
    [
      '100',
      'sip:100@pbx.test',
      'sip:100@10.0.0.9:5070;transport=tcp',
      '805ec0123456',
      'Yealink SIP-T46U',
      'seen',
    ],
  )
  assert.deepEqual(phone?.primary, [
    { registrar: '10.0.0.2', port: 5062, transport: 'TCP', edge: null, trunkBase: null },
  ])
})

test('a phone that registers again is one phone, two of one user are two', async (t) => {
  const { book, finder } = await start(t, [
    desk,
    { ...desk, contact: '<sip:100@10.0.0.77:5070>' },
    { ...desk, userAgent: 'softphone/1.2', contact: '<sip:100@10.0.0.10>' },
    { ...desk, userAgent: 'softphone/1.2', contact: '<sip:100@10.0.0.11>' },
  ])
  const phones = await book.phones(EVERYTHING, finder)
  assert.deepEqual(
    phones.map(({ contact, hardwareId }) => [contact, hardwareId]),
    [
      ['sip:100@10.0.0.11', null],
      ['sip:100@10.0.0.10', null],
      ['sip:100@10.0.0.77:5070', '805ec0123456'],
    ],
  )
  assert.equal(new Set(phones.map(({ id }) => id)).size, 3)
})

test('a User-Agent of separators alone takes no longer than any of that length', async (t) => {
  const userAgent = `a ${'/'.repeat(60_000)}b`
  const { book, finder } = await start(t, [
    { ...desk, userAgent },
    { ...desk, userAgent: 'Phone ///2.1', contact: '<sip:100@10.0.0.77>' },
  ])
  const phones = await inShortTime(() => book.phones(EVERYTHING, finder))
  assert.deepEqual(
    phones.map(({ model }) => model),
    ['Phone', userAgent],
  )
})

test('who was refused is no phone', async (t) => {
  const { book, finder } = await start(t, [{ ...desk, status: 403 }])
  assert.deepEqual(await book.phones(EVERYTHING, finder), [])
})

test('the MAC address is found in the instance id and the contact too', async (t) => {
  const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-0004f2a1b2c3>"'
  const { book, finder } = await start(t, [
    { user: '1', contact: `<sip:1@10.0.0.1>;${instance}`, userAgent: 'x' },
    { user: '2', contact: '<sip:0004f2a1b2c4@10.0.0.2>', userAgent: 'x' },
  ])
  const phones = await book.phones(EVERYTHING, finder)
  assert.deepEqual(
    phones.map(({ hardwareId }) => hardwareId),
    ['0004f2a1b2c4', '0004f2a1b2c3'],
  )
})

test('a phone of the inventory meets its registration by hardware or by address', async (t) => {
  const written = {
    sites: [{ id: 's', name: 'S', networks: ['10.0.0.0/24'] }],
    phones: [
      { id: 'desk', name: 'Desk', hardwareId: '80-5E-C0-12-34-56' },
      { id: 'soft', name: 'Soft', aor: 'sip:200@PBX.test', contact: 'sip:200@192.0.2.1' },
      { id: 'absent', name: 'Absent', aor: 'sip:300@pbx.test' },
    ],
  }
  const { book, finder } = await start(
    t,
    [
      desk,
      { user: '200', contact: '<sip:200@10.0.0.5>', userAgent: 'soft/1' },
      { user: '400', contact: '<sip:400@10.0.0.6>', userAgent: 'other/1' },
    ],
    written,
  )
  const phones = await book.phones(EVERYTHING, finder)
  assert.deepEqual(
    phones.map(({ id, contact, seenAtUs, siteId, source }) => [
      source === 'seen' ? 'seen' : id,
      contact,
      seenAtUs !== null,
      siteId,
    ]),
    [
      ['absent', null, false, null],
      ['desk', 'sip:100@10.0.0.9:5070;transport=tcp', true, null],
      ['soft', 'sip:200@192.0.2.1', true, null],
      ['seen', 'sip:400@10.0.0.6', true, 's'],
    ],
  )
})

test('what was seen is believed for a minute, unless the inventory changes', async (t) => {
  const { book, finder, inventory, clock } = await start(t, [desk])
  const phones = await book.phones(EVERYTHING, finder)
  assert.equal(await book.phones(EVERYTHING, finder), phones)
  inventory.put('phones', 'p', { name: 'P' })
  const more = await book.phones(EVERYTHING, finder)
  assert.equal(more.length, 2)
  clock.tUs += 61_000_000
  assert.notEqual(await book.phones(EVERYTHING, finder), more)
})

test('a phone that only registered has no configuration to fetch', async (t) => {
  const { book, finder } = await start(t, [desk])
  assert.equal(await book.phoneByHardwareId('80:5e:c0:12:34:56', finder), undefined)
})
