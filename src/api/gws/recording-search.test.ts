// Every parameter of the list, over recordings that were made for it.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Participant, Recording } from '../../store/recordings/recording.ts'
import { DAY_US, makeRecording, recordingId } from '../../store/recordings/recordings.fixture.ts'
import { startFixture } from '../http/server.fixture.ts'

const HOUR_US = 3_600_000_000

function person(displayName: string, user: string): Participant {
  const aor = `sip:${user}@genesys`
  return { participantId: user, role: 'other', aor, user, displayName }
}

/** Three recordings, an hour apart, each of a minute. */
const made: Partial<Recording>[] = [
  {
    from: '+1 (650) 466-8888',
    to: '4155551234',
    participants: [person('Alice Archer', 'alice'), person('Bob', 'bob')],
  },
  { from: 'Desk-7', to: '+442079460000', participants: [person('Amber Alice Stone', 'amber')] },
  { from: null, to: '+16504668888', participants: [person('', '+14155550000')] },
]

async function start(t: TestContext, recordings: readonly Partial<Recording>[] = made) {
  const { app, accounts, office } = await startFixture(t, { office: { rules: [] } })
  for (const [i, wanted] of recordings.entries()) {
    const startUs = DAY_US + i * HOUR_US
    const endUs = startUs + 60_000_000
    const id = recordingId(i)
    await office?.recordings.put(makeRecording({ recordingId: id, startUs, endUs, ...wanted }))
  }
  await accounts.create({ dialect: 'gws', id: 'admin@genesys', secret: 'pw' })
  const authorization = `Basic ${Buffer.from('admin@genesys:pw').toString('base64')}`
  const ask = (query: string, prefix = '/api/v2') =>
    app.inject({ url: `${prefix}/recordings${query}`, headers: { authorization } })
  /** The numbers of the recordings that a search brings. */
  const find = async (query: string): Promise<number[]> => {
    const response = await ask(`?${query}`)
    assert.equal(response.statusCode, 200, `${query}: ${response.body}`)
    const { recordings: found }: { recordings: { id: string }[] } = response.json()
    return found.map(({ id }) => Number.parseInt(id.slice(-4), 16))
  }
  return { app, accounts, ask, find, authorization }
}

test('numbers are compared by their letters and digits, with stars for any of them', async (t) => {
  const { find } = await start(t)
  const cases: [string, number[]][] = [
    ['callerPhoneNumber=16504668888', [0]],
    ['callerPhoneNumber=%2B1-650-466-8888', [0]],
    ['callerPhoneNumber=+1650*', [0]],
    ['callerPhoneNumber=*8888', [0]],
    ['callerPhoneNumber=1*466*8888', [0]],
    ['callerPhoneNumber=*', [0, 1, 2]],
    ['callerPhoneNumber=650466', []],
    ['callerPhoneNumber=desk7', []],
    ['callerPhoneNumber=Desk7', [1]],
    ['callerPhoneNumber=Desk*', [1]],
    ['dialedPhoneNumber=4155551234', [0]],
    ['dialedPhoneNumber=*6504668888', [2]],
    ['dialedPhoneNumber=44*0000', [1]],
    ['dialedPhoneNumber=44*46*46*0000', []],
    ['callerPhoneNumber=*&dialedPhoneNumber=4155551234', [0]],
  ]
  for (const [query, found] of cases) assert.deepEqual(await find(query), found, query)
})

test('names are whole fields of any case, one of several words, or all with AND', async (t) => {
  const { find } = await start(t)
  const cases: [string, number[]][] = [
    ['userName=alice', [0]],
    ['userName=ALICE', [0]],
    ['userName=alice@genesys', [0]],
    ['userName=Archer', [0]],
    ['userName=Arch', []],
    ['userName=Arch*', [0]],
    ['userName=*o*', [0, 1]],
    ['userName=Stone', [1]],
    ['userName=Stone+Bob', [0, 1]],
    ['userName=alice+AND+bob', [0]],
    ['userName=Alice%20AND%20Amber', []],
    ['userName=Amber*+AND+Stone', [1]],
    ['userName=Bob+Nobody+AND+Archer', [0]],
    ['userName=alice+and+stone', [0, 1]],
    ['userName=AND+bob+AND', [0]],
    ['userName=nobody', []],
  ]
  for (const [query, found] of cases) assert.deepEqual(await find(query), found, query)
})

test('times are after and before, in milliseconds or ISO 8601, oldest first', async (t) => {
  const { find } = await start(t)
  const startMs = DAY_US / 1000
  const iso = (ms: number, zone: string) =>
    encodeURIComponent(new Date(ms).toISOString().replace('Z', zone))
  const cases: [string, number[]][] = [
    ['startTime=0', [0, 1, 2]],
    [`startTime=${startMs + 1}`, [1, 2]],
    [`startTime=${startMs - 1}`, [0, 1, 2]],
    [`startTime=${iso(startMs + 1, '+0000')}`, [1, 2]],
    [`startTime=${iso(startMs + 1, '+00:00')}`, [1, 2]],
    [`startTime=${iso(startMs + 1, 'Z')}`, [1, 2]],
    [`startTime=${new Date(startMs + 1).toISOString().replace('Z', '+0000')}`, [1, 2]],
    [`endTime=${startMs + 3_600_000 + 60_001}`, [0, 1]],
    [`endTime=${startMs + 59_999}`, []],
    ['endTime=253402300799999', [0, 1, 2]],
    ['endTime=9999-12-31T23:59:59Z', [0, 1, 2]],
    [`startTime=${startMs + 1}&endTime=${startMs + 3_600_000 + 60_001}`, [1]],
    ['startTime=0&userName=bob&callerPhoneNumber=1650*', [0]],
    ['startTime=0&colour=red', [0, 1, 2]],
  ]
  for (const [query, found] of cases) assert.deepEqual(await find(query), found, query)
})

test('only the first hundred are told, and nothing that has no sound yet', async (t) => {
  const many = Array.from({ length: 130 }, (_, i) => ({
    state: i === 5 ? ('failed' as const) : ('completed' as const),
  }))
  const { find } = await start(t, many)
  const found = await find('startTime=0')
  const wanted = Array.from({ length: 101 }, (_, i) => i).filter((i) => i !== 5)
  assert.deepEqual(found, wanted)
})

test('a search without a parameter, or with one that means nothing, is refused', async (t) => {
  const { app, ask, accounts } = await start(t)
  const cases: [string, number, number][] = [
    ['', 400, 1],
    ['?colour=red', 400, 1],
    ['?callerPhoneNumber=', 400, 2],
    ['?userName=+', 400, 2],
    ['?userName=AND', 400, 2],
    ['?startTime=soon', 400, 2],
    ['?startTime=2026-11-21', 400, 2],
    ['?endTime=2026-11-21T08:00Z', 400, 2],
    ['?endTime=2026-11-21+08:00:00Z', 400, 2],
    ['?endTime=2026-11-21T08:00:00', 400, 2],
    ['?endTime=2026-11-31T08:00:00Z', 400, 2],
    ['?endTime=1795248000000000', 400, 2],
    ['?endTime=253402300800000', 400, 2],
    ['?endTime=9223372036854775807', 400, 2],
    ['?startTime=-1', 400, 2],
    ['?startTime=1&startTime=2', 400, 2],
    ['/00PV5Q27MG8AB8VNE49362LAES000013', 404, 6],
    [`/${recordingId(0).replaceAll('-', '')}/play/nothing.mp3`, 404, 6],
    ['/recordings?startTime=0', 200, 0],
  ]
  for (const prefix of ['/api/v2', '/cloud-web/api/v2', '']) {
    for (const [path, status, statusCode] of cases) {
      const response = await ask(path, prefix)
      assert.equal(response.statusCode, status, `${prefix} ${path}: ${response.body}`)
      assert.equal(response.headers['content-type'], 'application/json;charset=UTF-8')
      const body = response.json()
      assert.equal(body.statusCode, statusCode, path)
      if (statusCode === 0) continue
      assert.deepEqual(Object.keys(body), ['statusCode', 'statusMessage'])
      assert.ok(body.statusMessage !== '')
    }
  }
  const denied = await app.inject('/api/v2/recordings?startTime=0')
  assert.equal(denied.statusCode, 401)
  assert.equal(denied.json().statusCode, 20)
  assert.match(String(denied.headers['www-authenticate']), /^Basic /)
  await accounts.create({ dialect: 'gws', id: 'agent', secret: 'pw', permissions: ['AGENT'] })
  const agent = `Basic ${Buffer.from('agent:pw').toString('base64')}`
  const headers = { authorization: agent }
  const insufficient = await app.inject({ url: '/api/v2/recordings?startTime=0', headers })
  assert.equal(insufficient.statusCode, 403)
  assert.deepEqual(insufficient.json(), {
    statusCode: 5,
    statusMessage: 'Insufficient user roles.',
  })
})

test('what would write is refused, whatever its body is', async (t) => {
  const { app, accounts, authorization } = await start(t)
  await accounts.create({ dialect: 'gws', id: 'agent', secret: 'pw', permissions: ['AGENT'] })
  const agent = `Basic ${Buffer.from('agent:pw').toString('base64')}`
  const bodies: [string, string][] = [
    ['application/json', '{"operationName":"applyNonDelete"}'],
    ['application/json', '{'],
    ['application/json', ''],
    ['application/x-www-form-urlencoded', 'a=b'],
    ['text/xml', '<a/>'],
    ['audio/mpeg', 'ID3'],
  ]
  for (const url of ['/api/v2/recordings', '/recordings/x', '/cloud-web/api/v2/recordings/x/y']) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
      for (const [type, payload] of bodies) {
        const write = (headers: Record<string, string>) =>
          app.inject({ method, url, payload, headers: { ...headers, 'content-type': type } })
        const what = `${method} ${url} ${type} ${payload}`
        const response = await write({ authorization })
        assert.equal(response.statusCode, 405, `${what}: ${response.body}`)
        assert.equal(response.headers.allow, 'GET, HEAD')
        assert.equal(response.json().statusCode, 3)
        assert.equal((await write({})).json().statusCode, 20, what)
        assert.equal((await write({ authorization: agent })).json().statusCode, 5, what)
      }
    }
  }
})
