// The siptraces search, held against what tshark read from the same captures.
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { udpFrame } from '../../decode/frames.fixture.ts'
import { callOverMidnight, captureOf } from '../../query/store.fixture.ts'
import { capturePath, startFixture } from '../http/server.fixture.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const CALL_ID = '1-3812687@127.0.0.1'
const DAY = { dateStart: '2026-06-24T00:00:00Z', dateEnd: '2026-06-25T00:00:00.000Z' }
const URL_PATH = '/api/v2/telephony/siptraces'
const view = { dialect: 'genesys-cloud', permissions: ['telephony:pcap:view'] } as const

async function start(t: TestContext, captures = [CAPTURE]) {
  const fixture = await startFixture(t, { captures })
  const headers = { ...(await fixture.authorize(view)), 'content-type': 'application/json' }
  const ask = (query: Record<string, string>) =>
    fixture.app.inject({ url: URL_PATH, query, headers })
  const search = async (query: Record<string, string>) => {
    const response = await ask({ ...DAY, ...query })
    assert.equal(response.statusCode, 200, response.body)
    return response.json()
  }
  return { ...fixture, headers, ask, search }
}

function truthOf(capture: string): Record<string, string>[] {
  const path = capturePath(capture).replace(/\.pcap(ng)?$/, '.sip.tsv')
  const [head = '', ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n')
  const names = head.split('\t')
  return rows.map((row) =>
    Object.fromEntries(row.split('\t').map((value, i) => [names[i] ?? '', value])),
  )
}

function inviteTo(user: string): string {
  const lines = [
    'INVITE sip:x@example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:alice@example.com>;tag=a',
    `To: <sip:${user}@example.com>`,
    `Call-ID: to-${user}`,
    'CSeq: 1 INVITE',
    'Content-Length: 0',
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

test('a search by Call-ID gives the messages that tshark saw, every value a text', async (t) => {
  const { search } = await start(t)
  const result = await search({ callId: CALL_ID })
  assert.equal(result.status, 200)
  assert.equal(result.count, 10)
  assert.ok(result.selfUri.startsWith(URL_PATH))
  assert.ok(!('auth' in result))
  const truth = truthOf(CAPTURE).filter((row) => row['sip.Call-ID'] === CALL_ID)
  assert.equal(result.data.length, truth.length)
  for (const [i, row] of truth.entries()) {
    const record = result.data[i]
    for (const value of Object.values(record)) assert.equal(typeof value, 'string')
    const us = row['frame.time_epoch']?.replace('.', '').slice(0, 16)
    assert.equal(record.microTs, us)
    assert.equal(record.milliTs, us?.slice(0, 13))
    assert.equal(record.date, new Date(Number(us?.slice(0, 13))).toISOString())
    assert.equal(record.sourceIp, row['ip.src'])
    assert.equal(record.sourcePort, row.srcport)
    assert.equal(record.destinationIp, row['ip.dst'])
    assert.equal(record.destinationPort, row.dstport)
    assert.equal(record.callid, row['sip.Call-ID'])
    assert.equal(record.callidAleg, CALL_ID)
    assert.equal(record.method, row['sip.Method'] || row['sip.Status-Code'])
    assert.equal(record.ruri, row['sip.r-uri'] || undefined)
    assert.equal(record.fromUser, row['sip.from.user'])
    assert.equal(record.fromDomain, row['sip.from.host'])
    assert.equal(record.fromTag, row['sip.from.tag'])
    assert.equal(record.toUser, row['sip.to.user'])
    assert.equal(record.toTag, row['sip.to.tag'] || undefined)
    assert.equal(record.cseq, row['sip.CSeq'])
    assert.equal(record.contentType, row['sip.Content-Type'] || undefined)
    assert.equal(record.proto, '17')
    assert.equal(record.family, '2')
    assert.ok(record.msg.startsWith(row['sip.Method'] || 'SIP/2.0 '))
    assert.ok(record.msg.includes(CALL_ID))
  }
})

test('users and conversations find their calls, and all filters must hold', async (t) => {
  const { search } = await start(t)
  const [{ conversationId }] = (await search({ callId: CALL_ID })).data
  const counts: [Record<string, string>, number][] = [
    [{}, 12],
    [{ fromUser: 'alice' }, 12],
    [{ toUser: 'bob' }, 10],
    [{ toUser: 'alice' }, 2],
    [{ toUser: 'bob', fromUser: 'alice' }, 10],
    [{ toUser: 'bob', fromUser: 'carol' }, 0],
    [{ toUser: 'bo' }, 0],
    [{ toUser: 'bo*' }, 0],
    [{ toUser: '*b' }, 0],
    [{ conversationId }, 10],
    [{ conversationId: conversationId.toUpperCase() }, 10],
    [{ conversationId, callId: 'other' }, 0],
    [{ callId: CALL_ID, toUser: 'carol' }, 0],
    [{ callId: '', toUser: 'bob' }, 10],
    [{ callId: 'nobody@nowhere' }, 0],
  ]
  for (const [query, count] of counts) {
    const result = await search(query)
    assert.equal(result.count, count, JSON.stringify(query))
    assert.equal(result.data.length, count)
  }
})

test('a user with stars, such as a feature code, is found as it is written', async (t) => {
  const { app, authorize, search } = await start(t, [])
  const users = ['*97', '97', '*971', '0*97', '#31#*', '#31#', '*97*', '*9*7']
  const frames = users.map((user, number) => ({
    interfaceId: 0,
    ticks: BigInt(Date.parse('2026-06-24T12:00:00Z') * 1000 + number),
    bytes: udpFrame(inviteTo(user)),
  }))
  const own = await authorize({ permissions: ['admin'] })
  const imported = await app.inject({
    method: 'POST',
    url: '/api/v1/imports?name=made.pcapng',
    headers: { ...own, 'content-type': 'application/octet-stream' },
    payload: captureOf([{ linkType: 1 }], frames),
  })
  assert.equal(imported.json().legs, users.length, imported.body)
  for (const user of users) {
    const { data } = await search({ toUser: user })
    assert.deepEqual(
      data.map((record: { toUser: string }) => record.toUser),
      [user],
    )
  }
})

test('messages inside the window are given, its last millisecond included', async (t) => {
  const { ask } = await start(t)
  const countOf = async (dateStart: string, dateEnd: string) => {
    const response = await ask({ dateStart, dateEnd, callId: CALL_ID })
    assert.equal(response.statusCode, 200, response.body)
    return response.json().count
  }
  assert.equal(await countOf('2026-06-24T21:34:35.158Z', '2026-06-24T21:34:35.158Z'), 1)
  assert.equal(await countOf('2026-06-24T21:34:35.159Z', '2026-06-24T21:34:35.161Z'), 4)
  assert.equal(await countOf('2026-06-24T21:34:35.159000Z', '2026-06-24T21:34:35.159000Z'), 0)
  assert.equal(await countOf('2026-06-24T23:34:36+02:00', '2026-06-24T23:34:40+02:00'), 5)
  assert.equal(await countOf('2026-06-24T21:34:38Z', '2026-06-25T00:00:00Z'), 0)
})

test('a call that began before the window is found by its user', async (t) => {
  const { ask } = await start(t)
  const window = { dateStart: '2026-06-24T21:34:37Z', dateEnd: '2026-06-24T21:34:38Z' }
  const response = await ask({ ...window, toUser: 'bob' })
  assert.deepEqual(
    response.json().data.map((record: { cseq: string }) => record.cseq),
    ['3 BYE', '3 BYE'],
  )
})

test('a Call-ID gives its own records, a conversation those of all its legs', async (t) => {
  const { app, authorize, headers, ask } = await start(t, ['examples/made-morning.pcap'])
  const own = await authorize({ permissions: ['view'] })
  const { calls } = (await app.inject({ url: '/api/v1/calls?limit=1000', headers: own })).json()
  const joined = calls.find((call: { legs: unknown[] }) => call.legs.length > 1)
  const [first, second] = joined.legs
  const window = {
    dateStart: new Date(joined.startUs / 1000 - 1000).toISOString(),
    dateEnd: new Date(second.lastUs / 1000 + 1000).toISOString(),
  }
  for (const exactMatch of ['', 'false', 'true']) {
    const alone = (await ask({ ...window, callId: second.callId, exactMatch })).json()
    assert.equal(alone.count, second.messages)
    for (const record of alone.data) {
      assert.equal(record.callid, second.callId)
      assert.equal(record.callidAleg, first.callId)
      assert.equal(record.conversationId, joined.conversationId)
    }
  }
  const { conversationId } = joined
  const both = (await ask({ ...window, conversationId })).json()
  assert.equal(both.count, first.messages + second.messages)
  const one = (await ask({ ...window, conversationId, callId: second.callId })).json()
  assert.equal(one.count, second.messages)
  assert.equal(headers['content-type'], 'application/json')
})

test('with exactMatch, records say themselves what was asked for', async (t) => {
  const { search } = await start(t)
  for (const record of (await search({ toUser: 'bob', exactMatch: 'true' })).data) {
    assert.equal(record.toUser, 'bob')
  }
  assert.equal((await search({ toUser: 'bob', exactMatch: 'false' })).count, 10)
})

test('a message whose bytes are lost has no record, and the others have theirs', async (t) => {
  const { app, authorize, ask, dataFolder } = await start(t)
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/imports',
    headers: { ...(await authorize()), 'content-type': 'application/octet-stream' },
    payload: callOverMidnight('2026-11-22'),
  })
  assert.equal(response.statusCode, 200)
  rmSync(join(dataFolder, 'blocks', '2026-11-22.pcapng.zst'))
  const window = { dateStart: '2026-11-21T00:00:00Z', dateEnd: '2026-11-23T00:00:00Z' }
  const { data, count } = (await ask(window)).json()
  assert.equal(count, 1)
  assert.equal(data[0].method, 'INVITE')
})

test("what is missing or malformed is refused with the vendor's code for it", async (t) => {
  const { ask } = await start(t)
  const { dateStart, dateEnd } = DAY
  const wrong: [Record<string, string>, string, string][] = [
    [{}, 'bad.request', 'dateStart'],
    [{ dateStart }, 'bad.request', 'dateEnd'],
    [{ dateEnd }, 'bad.request', 'dateStart'],
    [{ dateStart: '', dateEnd }, 'bad.request', 'dateStart'],
    [{ dateStart: 'yesterday', dateEnd }, 'invalid.date', 'dateStart'],
    [{ dateStart: '2026-06-24', dateEnd }, 'invalid.date', 'dateStart'],
    [{ dateStart: '2026-06-24T00:00:00', dateEnd }, 'invalid.date', 'dateStart'],
    [{ dateStart: '1782259200000', dateEnd }, 'invalid.date', 'dateStart'],
    [{ dateStart: dateEnd, dateEnd: dateStart }, 'invalid.date', 'dateEnd'],
    [{ ...DAY, exactMatch: 'perhaps' }, 'invalid.query.param.value', 'exactMatch'],
    [{ ...DAY, toUser: '*' }, 'invalid.value', 'toUser'],
    [{ ...DAY, fromUser: '**' }, 'invalid.value', 'fromUser'],
    [{ ...DAY, callId: 'x'.repeat(1_001) }, 'invalid.value', 'callId'],
  ]
  for (const [query, code, field] of wrong) {
    const response = await ask(query)
    assert.equal(response.statusCode, 400, JSON.stringify(query))
    const body = response.json()
    assert.equal(body.code, code, response.body)
    assert.equal(body.status, 400)
    assert.equal(body.details[0].fieldName, field)
    assert.equal(body.contextId, response.headers['inin-correlation-id'])
    assert.deepEqual(body.errors, [])
    assert.ok(body.message.length > 0 && !body.message.includes('{'))
    // Names of parameters are what they are, also where a sentence begins with one.
    const filled = body.messageWithParams?.replace(
      /\{(\w+)\}/g,
      (_: string, name: string) => body.messageParams[name],
    )
    assert.equal(body.message, filled ?? body.message)
    assert.ok(body.message.includes(field), body.message)
  }
  const twice = await ask({ dateStart, dateEnd: `${dateEnd}&dateEnd=${dateEnd}` })
  assert.equal(twice.statusCode, 400)
})

test('the longest window is a setting', async (t) => {
  const settings = { genesysCloudWindowSecondsMax: 3_600 }
  const { app, authorize } = await startFixture(t, { settings })
  const headers = await authorize(view)
  const ask = (dateEnd: string) =>
    app.inject({ url: URL_PATH, query: { dateStart: DAY.dateStart, dateEnd }, headers })
  assert.equal((await ask('2026-06-24T01:00:00Z')).statusCode, 200)
  assert.equal((await ask('2026-06-24T01:00:01Z')).json().code, 'invalid.date')
})
