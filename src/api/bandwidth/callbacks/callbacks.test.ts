// Applications and the calls that they are told of: whom they belong to, what matches, what is too
// old to be told, and that nothing is told twice.
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pino } from 'pino'
import { Accounts } from '../../../accounts/accounts.ts'
import { type ImportedStore, importedStore } from '../../../query/store.fixture.ts'
import { StoreFinder } from '../../../query/store-finder.ts'
import { closeStore, openStore } from '../../../store/data-folder.ts'
import { makeRecording } from '../../../store/recordings/recordings.fixture.ts'
import { SqliteRecordings } from '../../../store/recordings/sqlite-recordings.ts'
import { capturePath } from '../../http/server.fixture.ts'
import { type ApiSettings, apiSettingDefaults } from '../../http/parts.ts'
import { RateTable } from '../../vendor/rate-table.ts'
import { type Application, readApplication } from './application.ts'
import { Callbacks } from './callbacks.ts'
import { callbackLimits } from './limits.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const hashCost = { costLog2: 4, blockSize: 8, parallelization: 1 }
/** A minute after the call of the capture. */
const NOW_US = Date.UTC(2026, 5, 24, 21, 35, 40) * 1000

const wish = {
  id: 'app',
  account: 't-1',
  match: ['to:bob'],
  callbackUrl: 'http://127.0.0.1:1/',
} as const

async function start(
  t: TestContext,
  settings: Partial<ApiSettings> = {},
  finderOf = async ({ finder }: ImportedStore) => finder,
) {
  const imported = await importedStore(t, readFileSync(capturePath(CAPTURE)))
  const { folder } = imported
  const clock = { tUs: NOW_US, nowUs: () => clock.tUs }
  const recordings = new SqliteRecordings(folder, 'write')
  const [leg] = (await imported.finder.findLegs({ kind: 'call' }, { limit: 1 })).rows
  const finder = await finderOf(imported)
  const accounts = new Accounts({ folder, clock, hashCost })
  await accounts.create({ dialect: 'bandwidth', id: 't-1', secret: 's', userId: 'u-1' })
  await accounts.create({ dialect: 'bandwidth', id: 't-2', secret: 's', scope: ['to:nobody'] })
  const open = (fromFile?: readonly Application[]) =>
    new Callbacks({
      finder,
      accounts,
      recordings,
      clock,
      settings: { ...apiSettingDefaults, ...settings, dataFolder: folder, version: '0' },
      vendor: { sides: { carrier: [], internal: [] }, numbers: {}, rates: new RateTable([]) },
      log: pino({ level: 'silent' }),
      baseUrl: () => 'https://earshot.example',
      ...(fromFile === undefined ? {} : { fromFile }),
    })
  let callbacks = open()
  t.after(async () => {
    await callbacks.close()
    await recordings.close()
    accounts.close()
  })
  const told = () =>
    callbacks
      .deliveries({ limit: 100 })
      .map(({ applicationId, eventType }) => `${applicationId} ${eventType}`)
      .toReversed()
  return {
    clock,
    told,
    recordings,
    legKey: leg?.legKey ?? '',
    callbacks: () => callbacks,
    restart: async (fromFile?: readonly Application[]) => {
      await callbacks.close()
      callbacks = open(fromFile)
      return callbacks
    },
  }
}

test('a call of late is told to the applications that it is matched by, once', async (t) => {
  const { callbacks, told, restart } = await start(t)
  callbacks().put(wish)
  callbacks().put({ ...wish, id: 'other', match: ['to:alice', 'from:alice to:carol'] })
  callbacks().put({ ...wish, id: 'foreign', account: 't-2' })
  await callbacks().start()
  const events = ['app incomingcall', 'app answer', 'app hangup']
  assert.deepEqual(told(), events)
  const [hangup] = callbacks().deliveries({ limit: 1 })
  assert.match(
    String(hangup?.body['callUri']),
    /^https:\/\/earshot\.example\/v1\/users\/u-1\/calls\//,
  )
  assert.equal(hangup?.body['cause'], 'NORMAL_CLEARING')
  const again = await restart()
  await again.start()
  assert.deepEqual(told(), events)
})

test('a store that fails when calls of late are looked for ends nothing else', async (t) => {
  const { callbacks, told } = await start(t, {}, async ({ folder }) => {
    const damaged = join(folder, 'damaged')
    cpSync(join(folder, 'index'), join(damaged, 'index'), { recursive: true })
    const [day = ''] = readdirSync(join(damaged, 'index')).filter((name) => /^2.*-wal$/.test(name))
    rmSync(join(damaged, 'index', day))
    writeFileSync(join(damaged, 'index', day.replace('-wal', '')), Buffer.alloc(65_536, 'x'))
    const store = openStore(damaged, 'read')
    t.after(() => closeStore(store))
    return new StoreFinder(store)
  })
  callbacks().put(wish)
  await callbacks().start()
  assert.deepEqual(told(), [])
})

test('a recording that is done is told, and its transcript when that is', async (t) => {
  const { callbacks, told, recordings, legKey } = await start(t)
  callbacks().put({ ...wish, tag: 'a tag' })
  callbacks().put({ ...wish, id: 'foreign', account: 't-2' })
  const times = { startUs: NOW_US - 60_000_000, endUs: NOW_US, legKeys: [legKey] }
  const recording = makeRecording({ ...times, state: 'recording' })
  const eventsOf = () => told().filter((one) => /recording|transcription/.test(one))
  await recordings.put(recording)
  await callbacks().lookAtRecordings()
  assert.deepEqual(eventsOf(), [])
  await recordings.put({ ...recording, state: 'completed' })
  await callbacks().lookAtRecordings()
  await callbacks().lookAtRecordings()
  assert.deepEqual(eventsOf(), ['app recording'])
  const transcription = {
    transcriptionId: 'one',
    state: 'completed' as const,
    transcriber: 'x',
    createdAtUs: NOW_US,
    completedAtUs: NOW_US,
    text: 'é'.repeat(2_000),
    segments: [],
    attempts: 1,
    error: null,
  }
  await recordings.put({ ...recording, state: 'completed', transcriptions: [transcription] })
  await callbacks().lookAtRecordings()
  assert.deepEqual(eventsOf(), ['app recording', 'app transcription'])
  const [transcript, done] = callbacks().deliveries({ limit: 2 })
  const base = 'https://earshot.example/v1/users/u-1'
  const recordingId = `rec-${recording.recordingId}`
  assert.deepEqual(done?.body, {
    eventType: 'recording',
    callId: `c-${legKey}`,
    recordingId,
    recordingUri: `${base}/recordings/${recordingId}`,
    state: 'complete',
    status: 'complete',
    startTime: '2026-06-24T21:34:40Z',
    endTime: '2026-06-24T21:35:40Z',
    tag: 'a tag',
  })
  const { text, textSize, state, status } = transcript?.body ?? {}
  assert.deepEqual(
    [text, textSize, state, status],
    ['é'.repeat(1_026), 2_000, 'completed', 'completed'],
  )
})

test('what is older than the set age is not told', async (t) => {
  const { callbacks, told, clock } = await start(t, { callbackAgeSecondsMax: 60 })
  clock.tUs += 3_600_000_000
  callbacks().put(wish)
  await callbacks().start()
  assert.deepEqual(told(), [])
})

test('an application that goes takes with it what waits for it', async (t) => {
  const { callbacks, told } = await start(t)
  callbacks().put(wish)
  await callbacks().start()
  assert.equal(told().length, 3)
  callbacks().remove('app')
  assert.equal(callbacks().stats()['callbacksWaiting'], 0)
  assert.throws(() => callbacks().remove('app'), { kind: 'not-found' })
})

test('applications of a file come and go with it, and the API leaves them alone', async (t) => {
  const { restart } = await start(t)
  const fromFile = [readApplication(wish)]
  const first = await restart(fromFile)
  assert.deepEqual(first.applications(), [{ application: fromFile[0], origin: 'file' }])
  assert.throws(() => first.put(wish), { kind: 'conflict' })
  assert.throws(() => first.remove('app'), { kind: 'conflict' })
  first.put({ ...wish, id: 'mine' })
  const second = await restart([])
  assert.deepEqual(
    second.applications().map(({ application, origin }) => [application.id, origin]),
    [['mine', 'api']],
  )
})

test('what is no application is refused, and says why', async (t) => {
  const { callbacks } = await start(t)
  const wrong: [object, RegExp][] = [
    [{ id: 'a b' }, /^id:/],
    [{ match: [] }, /^match:/],
    [{ match: ['colour:red'] }, /^scope/],
    [{ callbackUrl: 'ftp://example.com/' }, /^callbackUrl:/],
    [{ fallbackUrl: 'nowhere' }, /^fallbackUrl:/],
    [{ callbackHttpMethod: 'PUT' }, /^callbackHttpMethod:/],
    [{ callbackTimeout: callbackLimits.timeoutMsMax + 1 }, /^callbackTimeout:/],
    [{ callbackTimeout: '5' }, /^callbackTimeout:/],
    [{ colour: 'red' }, /what is colour/],
    [{ account: 'nobody' }, /^account:/],
  ]
  for (const [change, message] of wrong) {
    assert.throws(() => callbacks().put({ ...wish, ...change }), { kind: 'bad-input', message })
  }
  for (const value of [null, 'text', [wish]]) {
    assert.throws(() => callbacks().put(value), { kind: 'bad-input' })
  }
})
