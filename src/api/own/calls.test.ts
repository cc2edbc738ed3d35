// Calls, legs and messages as the own API answers them, held against what tshark read from the
// same captures.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { callOverMidnight } from '../../query/store.fixture.ts'
import { capturePath, startFixture } from '../http/server.fixture.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const CALL_ID = '1-3812687@127.0.0.1'

/** The rows that tshark made of a capture, by column. */
function truthOf(capture: string): Record<string, string>[] {
  const path = capturePath(capture).replace(/\.pcap(ng)?$/, '.sip.tsv')
  const [head = '', ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n')
  const names = head.split('\t')
  return rows.map((row) =>
    Object.fromEntries(row.split('\t').map((value, i) => [names[i] ?? '', value])),
  )
}

async function start(t: TestContext, captures = [CAPTURE]) {
  const { app, authorize } = await startFixture(t, { captures })
  const headers = await authorize({ permissions: ['view'] })
  const ask = async (url: string) => {
    const response = await app.inject({ url, headers })
    assert.equal(response.statusCode, 200, response.body)
    return response
  }
  const refuse = async (url: string, status = 400) => {
    const response = await app.inject({ url, headers })
    assert.equal(response.statusCode, status, response.body)
    return response.json().error
  }
  return { ask, refuse }
}

test('a call is found by everything that it can be searched by', async (t) => {
  const { ask } = await start(t)
  const [{ callKey, conversationId }] = (await ask('/api/v1/calls')).json().calls
  for (const query of [
    '',
    'q=alice',
    'q=from:alice to:bob',
    'q=LIC',
    `q=${CALL_ID}`,
    'q=127.0.0.1',
    'q=200',
    'q=2xx completed',
    'q=kind:call',
    'from=alice',
    'from=ali*&to=*ob',
    'user=bob',
    `callId=${CALL_ID}`,
    `callKey=${callKey}`,
    `conversationId=${conversationId}`,
    'address=127.0.0.1&status=200&state=completed&kind=call',
    'start=2026-06-24T21:34:35Z&end=2026-06-24T23:34:36+02:00',
    'start=1782336875158999&end=1782336875159000',
  ]) {
    const { calls, next } = (
      await ask(`/api/v1/calls?${encodeURI(query).replaceAll('+', '%2B')}`)
    ).json()
    assert.deepEqual(
      calls.map((call: { legs: { callId: string }[] }) => call.legs.map((leg) => leg.callId)),
      [[CALL_ID]],
      query,
    )
    assert.equal(next, null)
  }
})

test('an answer says what its search box was taken for, in words that mean the same', async (t) => {
  const { ask } = await start(t)
  const understood = async (list: string, q: string) =>
    (await ask(`/api/v1/${list}?q=${encodeURIComponent(q)}`)).json().q
  for (const [q, words] of [
    ['', ''],
    ['busy 192.0.2', 'user:*19202* state:busy'],
    ['alice@127.0.0.1 from:ann', 'from:ann callid:alice@127.0.0.1'],
    ['"Front Desk" 4xx', 'user:"*Front Desk*" status:4xx'],
    ['::1 kind:all', 'ip:::1 kind:all'],
  ] as const) {
    assert.equal(await understood('calls', q), words)
    assert.equal(await understood('legs', words), words)
  }
})

test('a call is not found by what does not hold', async (t) => {
  const { ask } = await start(t)
  for (const query of [
    'q=carol',
    'q=from:bob',
    'q=alice 486',
    'q=10.9.9.9',
    'from=lice',
    'callId=nobody',
    'callKey=nothing',
    'conversationId=00000000-0000-4000-8000-000000000000',
    'kind=message',
    'start=1782336875159000',
    'end=1782336875158999',
  ]) {
    const { calls } = (await ask(`/api/v1/calls?${encodeURI(query)}`)).json()
    assert.deepEqual(calls, [], query)
  }
})

test('registrations are left out unless asked for, by kind or by name', async (t) => {
  const { ask } = await start(t)
  const kindsOf = async (query: string) =>
    (await ask(`/api/v1/legs?${query}`)).json().legs.map((leg: { kind: string }) => leg.kind)
  assert.deepEqual(await kindsOf(''), ['call'])
  assert.deepEqual(await kindsOf('kind=all'), ['call', 'registration'])
  assert.deepEqual(await kindsOf('kind=all&order=oldest'), ['registration', 'call'])
  assert.deepEqual(await kindsOf('q=kind:registration'), ['registration'])
  assert.deepEqual(await kindsOf('callId=1-3812679@127.0.0.1'), ['registration'])
})

test('what is not understood is refused, naming the parameter', async (t) => {
  const { refuse } = await start(t)
  const wrong: [string, string, RegExp][] = [
    ['q=status:abc', 'q', /"status:abc": abc is no status/],
    ['start=yesterday', 'start', /"yesterday" is no time/],
    ['end=2026-01-01T00:00:00', 'end', /is no time/],
    ['limit=0', 'limit', /limit must be >= 1/],
    ['limit=1001', 'limit', /limit must be <= 1000/],
    ['limit=many', 'limit', /integer/],
    ['order=random', 'order', /one of newest, oldest/],
    ['status=abc', 'status', /no status/],
    ['state=happy', 'state', /no state/],
    ['kind=thing', 'kind', /no kind/],
    ['address=host', 'address', /no IP address/],
    ['from=a&q=from:b', 'from', /b is asked for too/],
    ['from=a&from=b', 'from', /must be string/],
    ['phone=123', 'phone', /not known here/],
    ['callId=', 'callId', /fewer than 1/],
  ]
  for (const [query, field, message] of wrong) {
    const error = await refuse(`/api/v1/calls?${query}`)
    assert.equal(error.kind, 'bad-input')
    assert.equal(error.field, field, error.message)
    assert.match(error.message, message)
  }
  assert.equal((await refuse('/api/v1/calls?cursor=made-up')).kind, 'bad-input')
})

test('pages follow each other without a gap and without a repeat', async (t) => {
  const { ask } = await start(t, ['gen__sipp-lost25-retrans.pcap'])
  const all = (await ask('/api/v1/calls?limit=1000')).json().calls
  assert.ok(all.length > 10)
  for (const order of ['newest', 'oldest']) {
    const keys: string[] = []
    let cursor = ''
    do {
      const page = (await ask(`/api/v1/calls?limit=7&order=${order}${cursor}`)).json()
      keys.push(...page.calls.map((call: { callKey: string }) => call.callKey))
      cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`
      assert.ok(page.calls.length === 7 || page.next === null)
    } while (cursor !== '')
    assert.equal(new Set(keys).size, keys.length)
    assert.deepEqual(keys.toSorted(), all.map((call: { callKey: string }) => call.callKey).sort())
  }
})

test('the messages of a call are those that tshark saw, in order', async (t) => {
  const { ask, refuse } = await start(t)
  const [{ callKey }] = (await ask('/api/v1/calls')).json().calls
  const { call, messages, messagesLeftOut } = (await ask(`/api/v1/calls/${callKey}`)).json()
  assert.equal(call.callKey, callKey)
  assert.equal(messagesLeftOut, 0)
  const truth = truthOf(CAPTURE).filter((row) => row['sip.Call-ID'] === CALL_ID)
  assert.equal(messages.length, truth.length)
  for (const [i, row] of truth.entries()) {
    const message = messages[i]
    assert.equal(message.tUs, Math.floor(Number(row['frame.time_epoch']?.replace('.', '')) / 1000))
    assert.equal(message.src, row['ip.src'])
    assert.equal(message.srcPort, Number(row.srcport))
    assert.equal(message.dst, row['ip.dst'])
    assert.equal(message.dstPort, Number(row.dstport))
    assert.equal(message.method, row['sip.CSeq.method'])
    assert.equal(
      message.status,
      row['sip.Status-Code'] === '' ? null : Number(row['sip.Status-Code']),
    )
    assert.equal(message.hasSdp, row['sip.Content-Type'] === 'application/sdp')
    const line = row['sip.Status-Line'] || `${row['sip.Method']} ${row['sip.r-uri']} SIP/2.0`
    assert.equal(message.startLine, line)
  }
  assert.equal((await refuse('/api/v1/calls/20260101-nothing', 404)).kind, 'not-found')
})

test('one message is told whole, and its bytes are those captured', async (t) => {
  const { ask, refuse } = await start(t)
  const [{ callKey }] = (await ask('/api/v1/calls')).json().calls
  const { messages } = (await ask(`/api/v1/calls/${callKey}`)).json()
  const [{ legKey, messageId }] = messages
  const url = `/api/v1/legs/${legKey}/messages/${messageId}`
  const message = (await ask(url)).json()
  const raw = await ask(`${url}/raw`)
  assert.equal(raw.headers['content-type'], 'message/sip')
  assert.match(String(raw.headers['content-security-policy']), /sandbox/)
  assert.match(String(raw.headers['content-disposition']), /^attachment/)
  assert.ok(readFileSync(capturePath(CAPTURE)).includes(raw.rawPayload))
  assert.deepEqual(Buffer.from(message.rawBase64, 'base64'), raw.rawPayload)
  assert.equal(message.rawText, raw.body)
  assert.equal(message.startLine, 'INVITE sip:bob@example.com SIP/2.0')
  const callIds = message.headers.filter(
    (header: { canonicalName: string }) => header.canonicalName === 'Call-ID',
  )
  assert.deepEqual(callIds, [{ name: 'Call-ID', value: CALL_ID, canonicalName: 'Call-ID' }])
  assert.equal(message.body.contentType, 'application/sdp')
  assert.equal(message.body.base64, null)
  assert.ok(raw.body.endsWith(message.body.text))
  assert.equal(message.body.byteLength, Buffer.byteLength(message.body.text))
  assert.ok(message.sdp.words.length > 0)
  assert.equal(message.sdp.parsed.media[0].type, 'audio')
  for (const problem of message.problems) {
    assert.deepEqual(Object.keys(problem), ['code', 'severity', 'meaning', 'rule', 'at', 'detail'])
  }
  for (const wrong of [`${legKey}/messages/zz`, `zz/messages/${messageId}`, 'a%2Fb/messages/c']) {
    assert.equal((await refuse(`/api/v1/legs/${wrong}`, 404)).kind, 'not-found')
    assert.equal((await refuse(`/api/v1/legs/${wrong}/raw`, 404)).kind, 'not-found')
  }
})

test('a call whose second day is lost is told and exported as far as it is there', async (t) => {
  const { app, authorize, dataFolder } = await startFixture(t)
  const headers = await authorize()
  const ask = (url: string) => app.inject({ url, headers })
  const type = { 'content-type': 'application/octet-stream' }
  const payload = callOverMidnight('2026-11-22')
  const upload = {
    method: 'POST',
    url: '/api/v1/imports',
    headers: { ...headers, ...type },
  } as const
  assert.equal((await app.inject({ ...upload, payload })).statusCode, 200)
  rmSync(join(dataFolder, 'blocks', '2026-11-22.pcapng.zst'))
  const [{ callKey }] = (await ask('/api/v1/calls')).json().calls
  const { call, messages } = (await ask(`/api/v1/calls/${callKey}`)).json()
  assert.equal(call.status, 486)
  const [invite, busy] = messages
  assert.equal(invite.startLine, 'INVITE sip:bob@b.test SIP/2.0')
  assert.deepEqual([busy.status, busy.startLine, busy.byteLength], [486, '', 0])
  const lost = await ask(`/api/v1/legs/${busy.legKey}/messages/${busy.messageId}`)
  assert.equal(lost.statusCode, 404)
  assert.match(lost.json().error.message, /block 2 of 2026-11-22 cannot be read/)
  const text = await ask(`/api/v1/calls/${callKey}/export?format=txt`)
  assert.match(text.body, /^2026-11-21 23:59:59\.999999 udp [^\n]+\nINVITE /)
  assert(!text.body.includes('486'))
})

test('every torture message is answered, whatever bytes it has', async (t) => {
  const { ask } = await start(t, ['derived__rfc4475-over-udp.pcap'])
  const { legs } = (await ask('/api/v1/legs?kind=all&limit=1000')).json()
  let count = 0
  for (const { callKey } of legs) {
    const { messages } = (await ask(`/api/v1/calls/${callKey}`)).json()
    for (const { legKey, messageId } of messages) {
      const url = `/api/v1/legs/${legKey}/messages/${messageId}`
      const message = (await ask(url)).json()
      const raw = (await ask(`${url}/raw`)).rawPayload
      assert.deepEqual(Buffer.from(message.rawBase64, 'base64'), raw)
      assert.ok((message.body?.text ?? null) === null || (message.body?.base64 ?? null) === null)
      count++
    }
  }
  assert.ok(count >= 40, `${count} messages`)
})
