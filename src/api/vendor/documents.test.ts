// The vendors' OpenAPI documents against what is answered, and the tables of docs/protocols against
// both: every operation and every field has a row, and every row names a test that there is.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { TSchema } from '@fastify/type-provider-typebox'
import { Value } from 'typebox/value'
import type { Dialect } from '../../accounts/account.ts'
import { parseRules } from '../../recorder/recording-rules.ts'
import { startFixture } from '../http/server.fixture.ts'
import { vendorApis } from '../own/vendor-documents.ts'
import { openApiOf, type VendorApi, type VendorOperation } from './openapi.ts'

const root = new URL('../../../', import.meta.url).pathname
const pageOf = (dialect: string) =>
  readFileSync(join(root, 'docs', 'protocols', `${dialect}.md`), 'utf8')

const testTitles = new Set(
  globSync(['src/api/**/*.test.ts', 'test/vendors/*.test.ts'], { cwd: root }).flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/^\s*test\(\s*(['"])(.+?)\1,/gm)].map(
      (match) => match[2],
    ),
  ),
)

interface Row {
  readonly name: string
  readonly tests: readonly string[]
}

/** Rows of the tables whose last column names tests. */
function rowsOf(page: string): Row[] {
  return [...page.matchAll(/^\| (.+?) \| .* \| ([^|]*“[^|]*) \|$/gm)].map((match) => ({
    name: match[1] ?? '',
    tests: [...(match[2] ?? '').matchAll(/“([^”]+)”/g)].map((one) => one[1] ?? ''),
  }))
}

const mainSchema: Readonly<Record<string, string>> = {
  signalwire: 'Call',
  bandwidth: 'Call',
  gws: 'Recording',
}

for (const [dialect, api] of vendorApis) {
  test(`${dialect}: every row of its page names tests that there are`, () => {
    const rows = rowsOf(pageOf(dialect))
    assert.ok(rows.length > 10)
    for (const { name, tests } of rows) {
      assert.ok(tests.length > 0, name)
      for (const title of tests) assert.ok(testTitles.has(title), `${name}: ${title}`)
    }
  })

  test(`${dialect}: every operation and every field of the document has a row`, () => {
    const rows = rowsOf(pageOf(dialect)).map(({ name }) => name.replaceAll('`', ''))
    const plain = (path: string) => path.replace('/api/laml/2010-04-01', '…')
    for (const { path } of api.operations) {
      assert.ok(rows.includes(`GET ${plain(path)}`), path)
    }
    const schema: { properties?: object } = api.schemas[mainSchema[dialect] ?? ''] ?? {}
    for (const field of Object.keys(schema.properties ?? {})) {
      assert.ok(rows.includes(field), field)
    }
  })
}

const PROJECT = 'b08dacad-b5c8-4ee3-8ae8-2ee2a5d3c9a1'
const ids: Readonly<Record<string, string>> = {
  signalwire: PROJECT,
  bandwidth: 'u-1',
  gws: 'admin',
}

async function start(t: TestContext) {
  const rules = parseRules(JSON.stringify({ rules: [{ name: 'all' }] }))
  const transcriber = 'node -e console.log("one") {wav}'
  const fixture = await startFixture(t, {
    captures: ['examples/real-answered-call.pcap'],
    office: { rules, transcriber },
  })
  const dialects: Dialect[] = ['signalwire', 'bandwidth', 'gws']
  for (const dialect of dialects) {
    await fixture.accounts.create({ dialect, id: ids[dialect] ?? '', secret: 's' })
  }
  const own = await fixture.authorize({ permissions: ['admin'] })
  const { recordings } = (
    await fixture.app.inject({ url: '/api/v1/recordings', headers: own })
  ).json<{ recordings: { recordingId: string; media: { mediaId: string }[] }[] }>()
  const [recording] = recordings
  const url = `/api/v1/recordings/${recording?.recordingId}/transcriptions`
  await fixture.app.inject({ method: 'POST', url, headers: own })
  await fixture.office?.finishDue()
  const ask = (dialect: string, path: string, headers: Record<string, string> = {}) => {
    const authorization = `Basic ${Buffer.from(`${ids[dialect]}:s`).toString('base64')}`
    return fixture.app.inject({ url: path, headers: { ...headers, authorization } })
  }
  return { ...fixture, ask, own, recording }
}

/** Values of the path parameters that lead to something. */
async function valuesOf(
  { ask, recording }: Awaited<ReturnType<typeof start>>,
  dialect: string,
): Promise<Readonly<Record<string, string>>> {
  const recordingId = recording?.recordingId ?? ''
  if (dialect === 'signalwire') {
    const path = `/2010-04-01/Accounts/${PROJECT}/Calls`
    const { calls } = (await ask(dialect, path)).json<{ calls: { sid: string }[] }>()
    return { AccountSid: PROJECT, Sid: calls[0]?.sid ?? '', recording: recordingId }
  }
  if (dialect === 'bandwidth') {
    const [call] = (await ask(dialect, '/v1/users/u-1/calls')).json<{ id: string }[]>()
    const callId = call?.id ?? ''
    const path = `/v1/users/u-1/calls/${callId}/transcriptions`
    const [transcription] = (await ask(dialect, path)).json<{ id: string }[]>()
    return {
      userId: 'u-1',
      callId,
      eventId: `ce-${callId.slice(2)}-create`,
      recordingId: `rec-${recordingId}`,
      transcriptionId: transcription?.id ?? '',
      mediaName: `${callId}-1.wav`,
    }
  }
  const id = recordingId.replaceAll('-', '').toUpperCase()
  return { id, file: `${recording?.media[0]?.mediaId}.wav` }
}

function filled(operation: VendorOperation, values: Readonly<Record<string, string>>): string {
  const isRecording = operation.path.includes('/Recordings/{Sid}')
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const key = isRecording && name === 'Sid' ? 'recording' : name
    return encodeURIComponent(values[key] ?? '')
  })
}

function assertSchema(schema: TSchema | undefined, value: unknown, what: string): void {
  assert.ok(schema !== undefined, what)
  const [error] = Value.Errors(schema, value)
  assert.equal(error, undefined, `${what}: ${JSON.stringify(error)}`)
}

function assertAnswer(api: VendorApi, operation: VendorOperation, body: unknown): void {
  const { answer, path } = operation
  if ('schema' in answer) assertSchema(api.schemas[answer.schema], body, path)
  else if ('listOf' in answer) {
    // Nothing that goes wrong is kept as an error of a user.
    const isAlwaysEmpty = answer.listOf === 'UserError'
    assert.ok(Array.isArray(body) && (body.length === 0) === isAlwaysEmpty, path)
    for (const item of body) assertSchema(api.schemas[answer.listOf], item, path)
  }
}

test('every operation of a document answers as it says, and refuses as it says', async (t) => {
  const fixture = await start(t)
  for (const [dialect, api] of vendorApis) {
    const values = await valuesOf(fixture, dialect)
    const told = toldStatuses(api)
    for (const operation of api.operations) {
      const path = filled(operation, values)
      // MP3 is made by a program that may be missing.
      if (path.endsWith('.mp3')) continue
      const query = dialect === 'gws' && operation.path.endsWith('recordings') ? '?startTime=0' : ''
      const response = await fixture.ask(dialect, path + query)
      assert.equal(response.statusCode, 200, `${path}: ${response.body}`)
      const { answer, isOpen = false } = operation
      if ('types' in answer) {
        assert.ok(answer.types.includes(String(response.headers['content-type'])), path)
        const range = { range: 'bytes=0-0' }
        assert.equal((await fixture.ask(dialect, path, range)).statusCode, 206, path)
      } else assertAnswer(api, operation, response.json())
      const statuses = told.get(operation)
      assert.equal(statuses?.includes('206'), 'types' in answer, path)
      const refused = await fixture.app.inject(path)
      assert.equal(refused.statusCode, isOpen ? 200 : 401, path)
      assert.equal(statuses?.includes('401'), !isOpen, path)
      if (!isOpen) assertSchema(api.schemas['Error'], refused.json(), path)
      const nothing = await fixture.ask(
        dialect,
        filled(operation, { ...values, ...noneOf(values) }),
      )
      const isThere = nothing.statusCode !== 404
      if (!isThere) assertSchema(api.schemas['Error'], nothing.json(), path)
      // A project is in each of SignalWire's paths, and there may be none.
      assert.equal(statuses?.includes('404'), !isThere || dialect === 'signalwire', path)
    }
  }
})

/** The statuses that a document has for each operation. */
function toldStatuses(api: VendorApi): ReadonlyMap<VendorOperation, readonly string[]> {
  const { paths } = openApiOf(api, '0') as {
    paths: Record<string, Record<string, { responses: object }>>
  }
  return new Map(
    api.operations.map((operation) => {
      const { responses = {} } = paths[operation.path]?.[operation.method ?? 'get'] ?? {}
      return [operation, Object.keys(responses)]
    }),
  )
}

/** Ids of nothing, but for whose they are. */
function noneOf(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(values).filter((name) => name !== 'AccountSid' && name !== 'userId')
  return Object.fromEntries(names.map((name) => [name, 'nothing']))
}

test('the documents are OpenAPI 3.1, and told to whoever may look at calls', async (t) => {
  const { app, own } = await start(t)
  for (const dialect of vendorApis.keys()) {
    const url = `/api/v1/openapi/${dialect}`
    assert.equal((await app.inject(url)).statusCode, 401)
    const document = (await app.inject({ url, headers: own })).json()
    assert.equal(document.openapi, '3.1.0')
    const names = Object.keys(document.components.schemas)
    for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      assert.ok(names.includes(name ?? ''), name)
    }
    assert.ok(Object.keys(document.paths).length > 2)
  }
  const unknown = await app.inject({ url: '/api/v1/openapi/other', headers: own })
  assert.equal(unknown.statusCode, 404)
})

test('what is shown of a call for each vendor is what is answered there', async (t) => {
  const fixture = await start(t)
  const { app, ask, own } = fixture
  const [call] = (await app.inject({ url: '/api/v1/calls', headers: own })).json().calls
  const url = `/api/v1/calls/${call.callKey}/vendors`
  const { answers } = (await app.inject({ url, headers: own })).json<{
    answers: { dialect: string; path: string; body: unknown }[]
  }>()
  const seen = new Set(answers.map(({ dialect }) => dialect))
  assert.deepEqual([...seen], ['signalwire', 'bandwidth', 'gws', 'genesys-cloud'])
  for (const { dialect, path, body } of answers) {
    if (dialect === 'genesys-cloud') continue
    const id = ids[dialect] ?? ''
    const answered = await ask(dialect, path.replace('ACCOUNT', id))
    assert.equal(answered.body.replaceAll(id, 'ACCOUNT'), JSON.stringify(body), path)
  }
})
