// The inventory's entries: what a file and the API may say, and what is made of it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { isFailure } from '../base/failure.ts'
import { Inventory } from './inventory.ts'

function open(t: TestContext, written?: unknown, folder = folderOf(t)): Inventory {
  const path = join(folder, 'house.json')
  if (written !== undefined) {
    writeFileSync(path, typeof written === 'string' ? written : JSON.stringify(written))
  }
  const inventory = new Inventory({ folder, path: written === undefined ? undefined : path })
  t.after(() => inventory.close())
  return inventory
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-inventory-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const house = {
  sites: [{ id: 'london', name: 'London', networks: ['10.1.0.0/16'] }],
  edges: [
    { id: 'e2', name: 'B edge', siteId: 'london', address: '10.1.0.3', transport: 'TLS' },
    { id: 'e1', name: 'A edge', siteId: 'london', address: '10.1.0.2' },
  ],
  phones: [
    { hardwareId: '00-1B-2C-3D-4E-5F', siteId: 'london', aor: 'sip:100@pbx.example' },
    {
      id: 'soft',
      name: 'Soft phone',
      hardwareId: 'Desk.Example.',
      primary: [{ registrar: 'a.example', edgeId: 'e1', trunkBase: { id: 't' } }],
    },
  ],
  mediaRegions: {
    home: 'eu-west-2',
    core: ['eu-west-2'],
    networks: { 'eu-west-2': ['10.0.0.0/8'] },
  },
} as const

test('what is left out is filled in, and a phone registers with the edges of its site', (t) => {
  const inventory = open(t, house)
  const [first, soft] = inventory.phones()
  assert.equal(first?.hardwareId, '001b2c3d4e5f')
  assert.equal(first.name, '001b2c3d4e5f')
  assert.match(first.id, /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-9[\da-f]{3}-[\da-f]{12}$/)
  const edge = (id: string, name: string) => ({ edge: { id, name }, trunkBase: null })
  assert.deepEqual(first.primary, [
    { registrar: '10.1.0.2', port: 5060, transport: 'UDP', ...edge('e1', 'A edge') },
  ])
  assert.deepEqual(first.secondary, [
    { registrar: '10.1.0.3', port: 5061, transport: 'TLS', ...edge('e2', 'B edge') },
  ])
  assert.deepEqual(soft?.primary, [
    {
      registrar: 'a.example',
      port: 5060,
      transport: 'UDP',
      edge: { id: 'e1', name: 'A edge' },
      trunkBase: { id: 't' },
    },
  ])
  assert.deepEqual([soft.hardwareId, soft.secondary], ['desk.example', []])
  assert.deepEqual(inventory.regions().satellite, [])
  assert.equal(inventory.site('london')?.source, 'file')
})

test('an id that nobody wrote is the same each time', (t) => {
  const ids = [open(t, house), open(t, house)].map((each) => each.phones()[0]?.id)
  assert.equal(ids[0], ids[1])
})

test('a file that is wrong is refused with the place that is wrong', (t) => {
  for (const [written, place] of [
    ['{', /house\.json/],
    [[], /house\.json: \//],
    [{ sites: [{ name: '' }] }, /\/sites\/0/],
    [{ sites: [{ name: 'a', surprise: 1 }] }, /\/sites\/0/],
    [{ sites: [{ name: 'a', networks: ['10.0.0.0/40'] }] }, /10\.0\.0\.0\/40/],
    [{ mediaRegions: { networks: { x: ['nowhere'] } } }, /nowhere/],
    [{ edges: [{ name: 'a', address: 'x', port: 0 }] }, /\/edges\/0/],
    [{ phones: [{ reboot: { by: 'magic' } }] }, /\/phones\/0/],
    [{ sites: [{ name: 'a' }, { name: 'a' }] }, /sites: .* twice/],
  ] as const) {
    assert.throws(
      () => open(t, written),
      (error) => isFailure(error, 'bad-input') && place.test(error.message),
      JSON.stringify(written),
    )
  }
  const folder = folderOf(t)
  const nowhere = { folder, path: join(folder, 'none.json') }
  assert.throws(() => new Inventory(nowhere), /none\.json/)
})

test('entries of the API are kept over a restart, and those of the file win', (t) => {
  const folder = folderOf(t)
  const inventory = open(t, house, folder)
  const before = inventory.version
  inventory.put('sites', 'paris', { name: 'Paris' })
  inventory.put('phones', 'p', { name: 'Phone', siteId: 'paris' })
  assert.ok(inventory.version > before)
  const isOfFile = (error: unknown) => isFailure(error, 'conflict')
  assert.throws(() => inventory.put('sites', 'london', { name: 'Else' }), isOfFile)
  assert.throws(() => inventory.remove('sites', 'london'), isOfFile)
  assert.deepEqual(
    open(t, house, folder)
      .sites()
      .map(({ name, source }) => [name, source]),
    [
      ['London', 'file'],
      ['Paris', 'api'],
    ],
  )
  inventory.remove('sites', 'paris')
  assert.throws(
    () => inventory.remove('sites', 'paris'),
    (error) => isFailure(error, 'not-found'),
  )
  // What the file names later is the file's.
  const later = { sites: [{ id: 'p', name: 'P' }], phones: [{ id: 'p', name: 'Of the file' }] }
  assert.deepEqual(
    open(t, later, folder)
      .phones()
      .map(({ name, source }) => [name, source]),
    [['Of the file', 'file']],
  )
})

test('commands are not taken over the API, for they run on this machine', (t) => {
  const command = { by: 'command' as const, command: ['reboot', '{name}'] }
  const inventory = open(t)
  for (const put of [
    () => inventory.put('sites', 's', { name: 'S', phoneReboot: command }),
    () => inventory.put('phones', 'p', { name: 'P', reboot: command }),
    () => inventory.put('edges', 'e', { name: 'E', address: 'a', reboot: command }),
  ]) {
    assert.throws(put, /inventory file alone/)
  }
  const ofFile = open(t, { phones: [{ name: 'P', reboot: command }] })
  assert.deepEqual(ofFile.phones()[0]?.reboot, command)
})
