// Exports, read back by tshark: the same packets as in the capture, and nothing else.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { framesIn } from '../../query/store.fixture.ts'
import { talkingCall } from '../../sound/talking-call.fixture.ts'
import { makeRecording } from '../../store/recordings/recordings.fixture.ts'
import { capturePath, startFixture } from '../http/server.fixture.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const CALL_ID = '1-3812687@127.0.0.1'
const REGISTER_ID = '1-3812679@127.0.0.1'

async function start(t: TestContext, captures = [CAPTURE]) {
  const { app, authorize } = await startFixture(t, { captures })
  const headers = await authorize({ permissions: ['view'] })
  const folder = mkdtempSync(join(tmpdir(), 'earshot-export-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return {
    ask: (url: string) => app.inject({ url, headers }),
    save: (name: string, bytes: Buffer) => {
      writeFileSync(join(folder, name), bytes)
      return join(folder, name)
    },
  }
}

/** Time and bytes of each packet that a filter lets through. */
function packetsOf(path: string, filter: string): string {
  const fields = ['-e', 'frame.time_epoch', '-e', 'udp.payload', '-e', 'ip.src', '-e', 'ip.dst']
  return execFileSync('tshark', ['-r', path, '-Y', filter, '-T', 'fields', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

for (const format of ['pcap', 'pcapng']) {
  test(`a call as ${format} holds its packets as captured, and no others`, async (t) => {
    const { ask, save } = await start(t)
    const [{ callKey }] = (await ask('/api/v1/calls')).json().calls
    const response = await ask(`/api/v1/calls/${callKey}/export?format=${format}`)
    assert.equal(response.statusCode, 200)
    assert.equal(
      response.headers['content-disposition'],
      `attachment; filename="call-${CALL_ID}.${format}"`,
    )
    const wanted = packetsOf(capturePath(CAPTURE), `sip.Call-ID == "${CALL_ID}"`)
    assert.equal(wanted.split('\n').length, 11)
    assert.equal(packetsOf(save(`call.${format}`, response.rawPayload), 'frame'), wanted)
  })
}

test('a call as text holds each message between its time and its ends', async (t) => {
  const { ask } = await start(t)
  const [{ callKey }] = (await ask('/api/v1/calls')).json().calls
  const response = await ask(`/api/v1/calls/${callKey}/export?format=txt`)
  assert.match(String(response.headers['content-type']), /^text\/plain/)
  assert.equal(response.body.match(/^2026-06-24 21:34:3/gm)?.length, 10)
  assert.match(response.body, /^INVITE sip:bob@example\.com SIP\/2\.0\r$/m)
})

test('several calls come as one file, in order, each once', async (t) => {
  const { ask, save } = await start(t)
  const query = `callId=${CALL_ID}&callId=${REGISTER_ID}&callId=${CALL_ID}`
  const response = await ask(`/api/v1/export?${query}`)
  assert.equal(response.headers['content-type'], 'application/vnd.tcpdump.pcap')
  assert.equal(response.headers['content-disposition'], 'attachment; filename="2-calls.pcap"')
  const wanted = packetsOf(capturePath(CAPTURE), 'sip')
  assert.equal(packetsOf(save('all.pcap', response.rawPayload), 'frame'), wanted)

  const [{ callKey }] = (await ask('/api/v1/calls')).json().calls
  const byKey = await ask(`/api/v1/export?callKey=${callKey}&callKey=${callKey}`)
  const one = await ask(`/api/v1/calls/${callKey}/export`)
  assert.deepEqual(byKey.rawPayload, one.rawPayload)
})

test('a call whose legs were joined is exported with all of them', async (t) => {
  const { ask, save } = await start(t, ['examples/made-morning.pcap'])
  const { calls } = (await ask('/api/v1/calls?limit=1000')).json()
  const joined = calls.find((call: { legs: unknown[] }) => call.legs.length > 1)
  const [leg] = joined.legs
  const response = await ask(`/api/v1/export?callId=${encodeURIComponent(leg.callId)}`)
  const path = save('joined.pcap', response.rawPayload)
  for (const { callId, messages } of joined.legs) {
    const filter = `sip.Call-ID == "${callId}"`
    assert.equal(packetsOf(path, filter).split('\n').length - 1, messages)
  }
})

test('with media a call comes with its RTP, without the keys of a pause', async (t) => {
  const { app, authorize, office } = await startFixture(t, { office: {} })
  const [admin, viewer] = [await authorize(), await authorize({ permissions: ['view'] })]
  const imported = await app.inject({
    method: 'POST',
    url: '/api/v1/imports?name=talk.pcapng',
    headers: { ...admin, 'content-type': 'application/octet-stream' },
    payload: talkingCall({ packets: 50 }).capture,
  })
  assert.ok(imported.statusCode < 300, imported.body)
  const ask = (url: string, headers = viewer) => app.inject({ url, headers })
  const [{ callKey, legs }] = (await ask('/api/v1/calls')).json().calls
  const urls = [
    `/api/v1/calls/${callKey}/export?media=true`,
    '/api/v1/export?callId=talk&media=true',
  ]
  const packets = async (url: string) => {
    const response = await ask(url)
    assert.equal(response.statusCode, 200, response.body)
    assert.match(String(response.headers['content-disposition']), /"call-talk\.media\.pcap"$/)
    return framesIn(response.rawPayload).length
  }
  const [sip, rtp, keys] = [5, 100, 3]
  for (const url of urls) assert.equal(await packets(url), sip + rtp + keys)
  assert.equal(framesIn((await ask('/api/v1/export?callId=talk')).rawPayload).length, sip)

  const { legKey, startUs, lastUs } = legs[0]
  const paused = { kind: 'paused', tUs: startUs, by: null, participantId: null } as const
  const recording = { legKeys: [legKey], startUs, endUs: lastUs, events: [paused] }
  await office?.recordings.put(makeRecording(recording))
  for (const url of urls) assert.equal(await packets(url), sip + rtp)

  const [url = ''] = urls
  const importer = await authorize({ permissions: ['import'] })
  assert.equal((await ask(url, importer)).statusCode, 403)
  const limited = await authorize({ permissions: ['view'], scope: ['user:nobody'] })
  assert.equal((await ask(url, limited)).statusCode, 404)
})

test('an export that cannot be made is an error, not a broken file', async (t) => {
  const { ask } = await start(t)
  const [{ callKey }] = (await ask('/api/v1/calls')).json().calls
  const wrong: [string, number, string | undefined][] = [
    ['/api/v1/calls/nothing/export', 404, undefined],
    [`/api/v1/calls/${callKey}/export?format=mp3`, 400, 'format'],
    [`/api/v1/calls/${callKey}/export?frmat=pcap`, 400, 'frmat'],
    [`/api/v1/calls/${callKey}/export?media=loud`, 400, 'media'],
    [`/api/v1/calls/${callKey}/export?format=txt&media=true`, 400, undefined],
    ['/api/v1/export', 400, undefined],
    ['/api/v1/export?callId=nobody', 404, undefined],
    ['/api/v1/export?callKey=nothing', 404, undefined],
    [`/api/v1/export?${'callId=a&'.repeat(1_001)}`, 400, 'callId'],
  ]
  for (const [url, status, field] of wrong) {
    const response = await ask(url)
    assert.equal(response.statusCode, status, url)
    assert.equal(response.headers['content-disposition'], undefined)
    assert.equal(response.json().error.field, field)
  }
})

test('a Call-ID cannot put anything into the header that names the file', async (t) => {
  const { ask } = await start(t, ['derived__rfc4475-over-udp.pcap'])
  const { legs } = (await ask('/api/v1/legs?kind=all&limit=1000')).json()
  for (const { callKey } of legs) {
    const response = await ask(`/api/v1/calls/${callKey}/export`)
    assert.equal(response.statusCode, 200)
    const header = String(response.headers['content-disposition'])
    assert.match(header, /^attachment; filename="call-[\w.@-]+\.pcap"$/)
  }
})
