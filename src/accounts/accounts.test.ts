// The accounts against their real file: what a right and a wrong secret bring, what ends when.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { isFailure } from '../base/failure.ts'
import { holdsPermission } from './account.ts'
import { Accounts } from './accounts.ts'

const cheap = { costLog2: 4, blockSize: 8, parallelization: 1 }
const HERE = '192.0.2.1'

function open(t: TestContext, folder = mkdtempSync(join(tmpdir(), 'earshot-accounts-'))) {
  const clock = { nowUs: () => clock.tUs, tUs: 1_000_000_000_000 }
  const accounts = new Accounts({ folder, clock, hashCost: cheap })
  t.after(() => {
    accounts.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { accounts, clock, folder }
}

const alice = { dialect: 'own', id: 'alice', secret: 'wonderland' } as const

test('a right secret proves the account, a wrong one and an unknown id fail alike', async (t) => {
  const { accounts } = open(t)
  await accounts.create(alice)
  const account = await accounts.verify('own', 'alice', 'wonderland', HERE)
  assert.deepEqual(account.permissions, ['view', 'import'])
  assert.equal(account.userId, 'alice')
  assert.ok(!('secretHash' in account))
  for (const [id, secret] of [
    ['alice', 'Wonderland'],
    ['alice', ''],
    ['alice', 'x'.repeat(100_000)],
    ['nobody', 'wonderland'],
  ] as const) {
    await assert.rejects(
      accounts.verify('own', id, secret, HERE),
      (error) => isFailure(error, 'unauthorized') && error.message.includes('id or the secret'),
    )
  }
  assert.equal(accounts.stats().loginsFailed, 4)
})

test('an account of one dialect is none of another', async (t) => {
  const { accounts } = open(t)
  await accounts.create({ ...alice, dialect: 'gws' })
  await assert.rejects(accounts.verify('own', 'alice', 'wonderland', HERE), isFailure)
  assert.equal((await accounts.verify('gws', 'alice', 'wonderland', HERE)).dialect, 'gws')
})

test('an id is given out once per dialect', async (t) => {
  const { accounts } = open(t)
  await accounts.create(alice)
  await assert.rejects(accounts.create(alice), (error) => isFailure(error, 'conflict'))
  await accounts.create({ ...alice, dialect: 'bandwidth', userId: 'u-1' })
  assert.deepEqual(
    accounts.list().map((account) => [account.dialect, account.id, account.userId]),
    [
      ['bandwidth', 'alice', 'u-1'],
      ['own', 'alice', 'alice'],
    ],
  )
})

test('ids, secrets and permissions that could do harm are refused by name', async (t) => {
  const { accounts } = open(t)
  const bad = [
    { ...alice, id: '' },
    { ...alice, id: 'a:b' },
    { ...alice, id: ' a' },
    { ...alice, id: 'a\nb' },
    { ...alice, id: 'a'.repeat(201) },
    { ...alice, secret: '' },
    { ...alice, secret: 'a\0' },
    { ...alice, secret: 'x'.repeat(1_025) },
    { ...alice, permissions: ['telephony:pcap:view'] },
    { ...alice, dialect: 'gws' as const, permissions: ['a b'] },
  ]
  for (const account of bad) {
    await assert.rejects(accounts.create(account), (error) => isFailure(error, 'bad-input'))
  }
  assert.deepEqual(accounts.list(), [])
})

test('permissions: admin holds all of the own API, the star all of a dialect', async (t) => {
  const { accounts } = open(t)
  const admin = await accounts.create({ ...alice, permissions: ['admin'] })
  assert.ok(holdsPermission(admin, 'view') && holdsPermission(admin, 'import'))
  const star = await accounts.create({ ...alice, dialect: 'genesys-cloud' })
  assert.ok(holdsPermission(star, 'anything:at:all'))
  const named = await accounts.create({ ...alice, dialect: 'gws', permissions: ['a:b'] })
  assert.ok(holdsPermission(named, 'a:b') && !holdsPermission(named, 'admin'))
})

test('the first administrator is made once, and again only when none is left', async (t) => {
  const { accounts } = open(t)
  const first = await accounts.firstAdministrator()
  assert.equal(first?.id, 'admin')
  assert.match(first?.secret ?? '', /^[0-9a-f]{30}$/)
  assert.equal(await accounts.firstAdministrator(), undefined)
  const account = await accounts.verify('own', 'admin', first?.secret ?? '', HERE)
  assert.ok(holdsPermission(account, 'admin'))
  accounts.remove('own', 'admin')
  await accounts.create({ ...alice, id: 'admin' })
  const second = await accounts.firstAdministrator()
  assert.equal(second?.id, 'admin-2')
  assert.notEqual(second?.secret, first?.secret)
})

test('guessing at one account waits longer each time, and waiting lets the owner in', async (t) => {
  const { accounts, clock } = open(t)
  await accounts.create(alice)
  const guess = () => accounts.verify('own', 'alice', 'guess', HERE)
  for (let i = 0; i < 5; i++) {
    await assert.rejects(guess(), (error) => isFailure(error, 'unauthorized'))
  }
  const waits: number[] = []
  for (let i = 0; i < 10; i++) {
    await assert.rejects(guess(), (error) => {
      assert.ok(isFailure(error, 'busy'))
      waits.push(error.retryAfterMs ?? 0)
      clock.tUs += (error.retryAfterMs ?? 0) * 1000
      return true
    })
    await assert.rejects(guess(), (error) => isFailure(error, 'unauthorized'))
  }
  assert.deepEqual(waits.slice(0, 4), [500, 1000, 2000, 4000])
  assert.equal(Math.max(...waits), 30_000)
  await assert.rejects(accounts.verify('own', 'alice', 'wonderland', HERE), (error) =>
    isFailure(error, 'busy'),
  )
  clock.tUs += 30_000_000
  await accounts.verify('own', 'alice', 'wonderland', HERE)
  await assert.rejects(guess(), (error) => isFailure(error, 'unauthorized'))
})

test('guesses from elsewhere do not lock an account out where it has logged in', async (t) => {
  const { accounts } = open(t)
  await accounts.create(alice)
  await accounts.verify('own', 'alice', alice.secret, HERE)
  const guess = (address: string) => accounts.verify('own', 'alice', 'guess', address)
  for (let i = 0; i < 5; i++) {
    await assert.rejects(guess('192.0.2.66'), (error) => isFailure(error, 'unauthorized'))
  }
  await assert.rejects(guess('192.0.2.66'), (error) => isFailure(error, 'busy'))
  await assert.rejects(guess('192.0.2.67'), (error) => isFailure(error, 'busy'))
  await accounts.verify('own', 'alice', alice.secret, HERE)
  for (let i = 0; i < 5; i++) {
    await assert.rejects(guess(HERE), (error) => isFailure(error, 'unauthorized'))
  }
  await assert.rejects(guess(HERE), (error) => isFailure(error, 'busy'))
})

test('guesses at an id that names another one with its address count for it alone', async (t) => {
  const { accounts } = open(t)
  await accounts.create(alice)
  await accounts.verify('own', 'alice', alice.secret, HERE)
  const apart = [`alice at address ${HERE}`, `alice","${HERE}`, `${'a'.repeat(500)}1`]
  for (const id of apart) {
    for (let i = 0; i < 5; i++) {
      await assert.rejects(accounts.verify('own', id, 'guess', `192.0.2.${i}`), (error) =>
        isFailure(error, 'unauthorized'),
      )
    }
  }
  await accounts.verify('own', 'alice', alice.secret, HERE)
  await assert.rejects(accounts.verify('own', `${'a'.repeat(500)}2`, 'x', '192.0.2.9'), (error) =>
    isFailure(error, 'unauthorized'),
  )
})

test('guessing at many accounts from one address waits too, elsewhere it does not', async (t) => {
  const { accounts } = open(t)
  await accounts.create(alice)
  for (let i = 0; i < 20; i++) {
    await assert.rejects(accounts.verify('own', `name${i}`, 'guess', HERE), (error) =>
      isFailure(error, 'unauthorized'),
    )
  }
  await assert.rejects(accounts.verify('own', 'alice', 'wonderland', HERE), (error) =>
    isFailure(error, 'busy'),
  )
  await accounts.verify('own', 'alice', 'wonderland', '192.0.2.2')
})

test('guessing from many addresses of one /64 is guessing from one', async (t) => {
  const { accounts } = open(t)
  await accounts.create(alice)
  for (let i = 0; i < 20; i++) {
    await assert.rejects(accounts.verify('own', `name${i}`, 'guess', `2001:db8::${i}`), (error) =>
      isFailure(error, 'unauthorized'),
    )
  }
  await assert.rejects(accounts.verify('own', 'alice', alice.secret, '2001:db8::99'), (error) =>
    isFailure(error, 'busy'),
  )
  await accounts.verify('own', 'alice', alice.secret, '2001:db8:0:1::1')
})

test('many logins at once do not slip past the count of failures', async (t) => {
  const { accounts } = open(t)
  await accounts.create(alice)
  const tries = Array.from({ length: 60 }, () => accounts.verify('own', 'alice', 'guess', HERE))
  const outcomes = await Promise.allSettled(tries)
  const looked = outcomes.filter(
    (outcome) => outcome.status === 'rejected' && isFailure(outcome.reason, 'unauthorized'),
  )
  assert.ok(looked.length <= 6, `${looked.length} guesses were looked at`)
})

test('a flood of logins is turned away instead of queued without end', async (t) => {
  const { accounts } = open(t)
  await accounts.create(alice)
  const tries = Array.from({ length: 200 }, () =>
    accounts.verify('own', 'alice', 'wonderland', HERE),
  )
  const outcomes = await Promise.allSettled(tries)
  const fulfilled = outcomes.filter((outcome) => outcome.status === 'fulfilled').length
  assert.equal(fulfilled, 66)
  assert.equal(accounts.stats().loginsTurnedAway, 134)
})

test('a token ends when it expires, is closed, or the secret changes', async (t) => {
  const { accounts, clock } = open(t)
  const account = await accounts.create(alice)
  const session = accounts.openGrant('session', account, 60)
  const bearer = accounts.openGrant('bearer', account, 120)
  assert.equal(session.expiresAtUs, clock.tUs + 60_000_000)
  assert.equal(accounts.accountOf('session', session.token)?.id, 'alice')
  assert.equal(accounts.accountOf('bearer', session.token), undefined)
  assert.equal(accounts.accountOf('session', 'made up'), undefined)
  clock.tUs += 60_000_000
  assert.equal(accounts.accountOf('session', session.token), undefined)
  assert.equal(accounts.accountOf('bearer', bearer.token)?.id, 'alice')
  accounts.closeGrant(bearer.token)
  assert.equal(accounts.accountOf('bearer', bearer.token), undefined)

  const third = accounts.openGrant('bearer', account, 120)
  await accounts.setSecret('own', 'alice', 'looking-glass')
  assert.equal(accounts.accountOf('bearer', third.token), undefined)
  await accounts.verify('own', 'alice', 'looking-glass', HERE)

  const fourth = accounts.openGrant('bearer', account, 120)
  accounts.remove('own', 'alice')
  assert.equal(accounts.accountOf('bearer', fourth.token), undefined)
})

test('an account holds a bounded number of tokens, the newest', async (t) => {
  const { accounts, clock } = open(t)
  const account = await accounts.create(alice)
  const tokens: string[] = []
  for (let i = 0; i < 1_003; i++) {
    clock.tUs++
    tokens.push(accounts.openGrant('bearer', account, 600).token)
  }
  const living = tokens.filter((token) => accounts.accountOf('bearer', token) !== undefined)
  assert.deepEqual(living, tokens.slice(3))
  assert.equal(accounts.stats().grantsDropped, 3)
})

test('the file is readable by its owner alone and tells no secret', async (t) => {
  const { accounts, clock, folder } = open(t)
  await accounts.create(alice)
  const grant = accounts.openGrant(
    'bearer',
    await accounts.verify('own', 'alice', alice.secret, HERE),
    60,
  )
  const again = new Accounts({ folder, clock, hashCost: cheap })
  t.after(() => again.close())
  assert.equal(again.accountOf('bearer', grant.token)?.id, 'alice')
  await again.verify('own', 'alice', alice.secret, HERE)
  for (const name of ['accounts.sqlite', 'accounts.sqlite-wal']) {
    const path = join(folder, name)
    assert.equal(statSync(path).mode & 0o777, 0o600, name)
    const bytes = readFileSync(path)
    assert.ok(!bytes.includes(alice.secret) && !bytes.includes(grant.token), name)
  }
})

test('what is absent cannot be removed or changed', async (t) => {
  const { accounts } = open(t)
  assert.throws(
    () => accounts.remove('own', 'nobody'),
    (error) => isFailure(error, 'not-found'),
  )
  await assert.rejects(accounts.setSecret('own', 'nobody', 'x'), (error) =>
    isFailure(error, 'not-found'),
  )
})

test('an account has the scope it was given, and a change holds at once', async (t) => {
  const { accounts } = open(t)
  const made = await accounts.create({ ...alice, scope: ['user:+4420*', 'user:+4420*'] })
  assert.deepEqual([made.scope, made.permissions], [['user:+4420*'], ['view']])
  const { token } = accounts.openGrant('bearer', made, 60)
  accounts.change('own', 'alice', { scope: ['ip:192.0.2.0/24'] })
  assert.deepEqual(accounts.accountOf('bearer', token)?.scope, ['ip:192.0.2.0/24'])
  accounts.change('own', 'alice', { scope: [], permissions: ['admin', 'admin'], userId: 'a' })
  const [changed] = accounts.list()
  assert.deepEqual([changed?.scope, changed?.permissions, changed?.userId], [[], ['admin'], 'a'])
  assert.throws(() => accounts.change('gws', 'alice', {}), isFailure)
})

test('who could widen a scope, or bring what obeys it, has none', async (t) => {
  const { accounts } = open(t)
  const scope = ['user:+4420*']
  for (const permission of ['admin', 'import']) {
    const wanted = { ...alice, permissions: [permission], scope }
    await assert.rejects(accounts.create(wanted), (error) => isFailure(error, 'bad-input'))
  }
  await accounts.create(alice)
  assert.throws(() => accounts.change('own', 'alice', { scope }), /import sees everything/)
  await accounts.create({ ...alice, dialect: 'gws', permissions: ['*'], scope })
})

test('a right secret is hashed once, and a changed one is wrong at once', async (t) => {
  const { accounts, folder } = open(t)
  await accounts.create(alice)
  await accounts.verify('own', 'alice', 'wonderland', HERE)
  assert.equal(accounts.stats().secretsRemembered, 1)
  assert.equal((await accounts.verify('own', 'alice', 'wonderland', HERE)).id, 'alice')
  await assert.rejects(accounts.verify('own', 'alice', 'Wonderland', HERE), isFailure)
  // Another process, as the command line is one.
  const elsewhere = new Accounts({ folder, clock: { nowUs: () => 0 }, hashCost: cheap })
  await elsewhere.setSecret('own', 'alice', 'looking glass')
  elsewhere.close()
  await assert.rejects(accounts.verify('own', 'alice', 'wonderland', HERE), isFailure)
  await accounts.verify('own', 'alice', 'looking glass', HERE)
})

test('in a file from before there were scopes every account sees everything', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-accounts-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const before = new Accounts({ folder, clock: { nowUs: () => 0 }, hashCost: cheap })
  await before.create(alice)
  before.close()
  const file = new DatabaseSync(join(folder, 'accounts.sqlite'))
  file.exec('ALTER TABLE accounts DROP COLUMN scope; PRAGMA user_version = 1')
  file.close()
  const again = new Accounts({ folder, clock: { nowUs: () => 0 }, hashCost: cheap })
  assert.deepEqual(
    again.list().map(({ id, scope }) => [id, scope]),
    [['alice', []]],
  )
  again.close()
})
