// What the messages of recording sessions tell of the recorded calls.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSdp } from '../sip/sdp/parse-sdp.ts'
import { siprecLimits } from './limits.ts'
import { parseMetadata } from './metadata.ts'
import { SessionFold, type SessionEvent } from './recorded-session.ts'

/** A description with one audio section for each `label direction port`. */
function sdp(...sections: readonly string[]) {
  const lines = sections.map((section) => {
    const [label, direction, port] = section.split(' ')
    return `m=audio ${port} RTP/AVP 0\r\na=${direction}\r\na=label:${label}\r\n`
  })
  return parseSdp(
    Buffer.from(
      `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n${lines.join('')}`,
    ),
  )
}

function metadata(inner: string, mode = 'complete') {
  return parseMetadata(Buffer.from(`<recording><datamode>${mode}</datamode>${inner}</recording>`))
}

const bob = `<participant participant_id="bob"><nameID aor="sip:bob@a"/></participant>
  <participantsessionassoc participant_id="bob" session_id="s"/>
  <participantstreamassoc participant_id="bob"><send>t1</send><recv>t2</recv></participantstreamassoc>`
const paul = `<participant participant_id="paul"><nameID aor="sip:paul@a"/></participant>
  <participantsessionassoc participant_id="paul" session_id="s"/>
  <participantstreamassoc participant_id="paul"><send>t2</send><recv>t1</recv></participantstreamassoc>`
const streams = `<stream stream_id="t1"><label>96</label></stream>
  <stream stream_id="t2"><label>97</label></stream>`

function told(events: readonly SessionEvent[]): string[] {
  return events.map(({ tUs, kind, participantId }) => `${tUs} ${kind} ${participantId}`)
}

test('two participants are heard on the sections whose labels their streams have', () => {
  const fold = new SessionFold()
  fold.push({
    kind: 'request',
    tUs: 100,
    sdp: sdp('96 sendonly 6000', '97 sendonly 6002'),
    metadata: metadata(`${streams}${bob}${paul}`),
  })
  fold.push({ kind: 'answer', tUs: 101, sdp: sdp('1 recvonly 20000', '2 recvonly 20002') })
  fold.push({ kind: 'end', tUs: 900 })
  const session = fold.result()
  assert.equal(session.startUs, 100)
  assert.equal(session.endUs, 900)
  assert.deepEqual(session.media, [
    { index: 0, label: '96', type: 'audio', ports: [20000], senders: ['bob'] },
    { index: 1, label: '97', type: 'audio', ports: [20002], senders: ['paul'] },
  ])
  assert.deepEqual(told(session.events), [
    '100 joined bob',
    '100 joined paul',
    '900 left bob',
    '900 left paul',
  ])
})

test('a hold and its end are seen in the directions of the sections', () => {
  const fold = new SessionFold()
  const all = metadata(`${streams}${bob}${paul}`)
  fold.push({ kind: 'request', tUs: 1, sdp: sdp('96 sendonly 1', '97 sendonly 2'), metadata: all })
  fold.push({ kind: 'request', tUs: 2, sdp: sdp('96 sendonly 1', '97 inactive 2') })
  fold.push({ kind: 'request', tUs: 3, sdp: sdp('96 sendonly 1', '97 inactive 2') })
  fold.push({ kind: 'request', tUs: 4, sdp: sdp('96 sendonly 1', '97 sendonly 2') })
  assert.deepEqual(told(fold.result().events).slice(2), ['2 held paul', '4 unheld paul'])
})

test('whoever sends on several sections is on hold when all of them are off', () => {
  const fold = new SessionFold()
  const both = `<participantstreamassoc participant_id="bob"><send>t1</send><send>t2</send>
    </participantstreamassoc>`
  const all = metadata(`${streams}${both}`)
  fold.push({ kind: 'request', tUs: 1, sdp: sdp('96 sendonly 1', '97 sendonly 0'), metadata: all })
  fold.push({ kind: 'request', tUs: 2, sdp: sdp('96 inactive 1', '97 sendonly 0') })
  fold.push({ kind: 'request', tUs: 3, sdp: sdp('96 inactive 1', '97 sendonly 2') })
  assert.deepEqual(told(fold.result().events), ['1 joined bob', '2 held bob', '3 unheld bob'])
})

test('whoever sends a stream that has no section yet is not on hold', () => {
  const fold = new SessionFold()
  fold.push({ kind: 'request', tUs: 1, sdp: sdp('96 inactive 1'), metadata: metadata(streams) })
  fold.push({ kind: 'request', tUs: 2, metadata: metadata(paul, 'partial') })
  assert.deepEqual(told(fold.result().events), ['2 joined paul'])
})

test('a transfer by partial metadata: one leaves, another is heard on the same section', () => {
  const fold = new SessionFold()
  const offer = sdp('96 sendonly 1', '97 sendonly 2')
  fold.push({ kind: 'request', tUs: 10, sdp: offer, metadata: metadata(`${streams}${bob}${paul}`) })
  fold.push({
    kind: 'request',
    tUs: 20,
    metadata: metadata(
      `<participantsessionassoc participant_id="paul" session_id="s">
         <disassociate-time>2026-11-21T08:00:00Z</disassociate-time></participantsessionassoc>
       ${paul.replaceAll('paul', 'carol')}`,
      'partial',
    ),
  })
  const { media, events, participants } = fold.result()
  assert.deepEqual(media[1]?.senders, ['paul', 'carol'])
  assert.deepEqual(told(events).slice(2), ['20 left paul', '20 joined carol'])
  assert.deepEqual(
    participants.map(({ participantId, leftUs }) => [participantId, leftUs]),
    [
      ['bob', null],
      ['paul', 20],
      ['carol', null],
    ],
  )
})

test('a whole snapshot without somebody says that they left; they may come back', () => {
  const fold = new SessionFold()
  const push = (tUs: number, inner: string) =>
    fold.push({ kind: 'request', tUs, metadata: metadata(inner) })
  push(1, `${streams}${bob}${paul}`)
  push(2, `${streams}${bob}`)
  push(3, `${streams}${bob}${paul}`)
  assert.deepEqual(told(fold.result().events).slice(2), ['2 left paul', '3 joined paul'])
})

test('a client that speaks the drafts tells who comes, is on hold, leaves and comes back', () => {
  const fold = new SessionFold()
  const push = (tUs: number, inner: string, mode = 'partial') =>
    fold.push({
      kind: 'request',
      tUs,
      sdp: sdp('1 sendonly 6000', '2 sendonly 6002'),
      metadata: parseMetadata(
        Buffer.from(`<recording><dataMode>${mode}</dataMode>${inner}</recording>`),
      ),
    })
  const party = (name: string, inner: string) =>
    `<participant id="${name}" session="s"><aor>sip:${name}@a</aor>${inner}</participant>`
  const stream = (label: number) => `<stream id="t${label}"><label>${label}</label></stream>`
  push(1, `${party('bob', '<send>t1</send>')}${party('paul', '')}${stream(1)}`, 'complete')
  push(2, `${party('paul', '<send>t2</send>')}${stream(2)}`)
  push(3, party('paul', '<recv>t1</recv>'))
  push(4, party('paul', '<disassociate-time>2026-11-21T08:00:00</disassociate-time>'))
  push(5, party('paul', '<send>t2</send>'))
  const { events, media, participants } = fold.result()
  assert.deepEqual(told(events), [
    '1 joined bob',
    '1 joined paul',
    '3 held paul',
    '4 left paul',
    '5 joined paul',
    '5 unheld paul',
  ])
  assert.deepEqual(
    media.map(({ senders }) => senders),
    [['bob'], ['paul']],
  )
  assert.deepEqual(
    participants.map(({ aor }) => aor),
    ['sip:bob@a', 'sip:paul@a'],
  )
})

test('labels that fit nowhere, and participants without streams, go by their order', () => {
  const codes: string[] = []
  const numbered = new SessionFold((code) => codes.push(code))
  numbered.push({
    kind: 'request',
    tUs: 1,
    sdp: sdp('a_leg sendonly 1', 'b_leg sendonly 2'),
    metadata: metadata(`${streams}${paul}${bob}`),
  })
  assert.deepEqual(
    numbered.result().media.map(({ senders }) => senders),
    [['bob'], ['paul']],
  )
  assert.deepEqual(told(numbered.result().events), ['1 joined paul', '1 joined bob'])
  assert.deepEqual(codes, [])

  const bare = new SessionFold()
  bare.push({
    kind: 'request',
    tUs: 1,
    sdp: sdp('x sendonly 1', 'y sendonly 2'),
    metadata: metadata('<participant participant_id="a"/><participant participant_id="b"/>'),
  })
  assert.deepEqual(
    bare.result().media.map(({ senders }) => senders),
    [['a'], ['b']],
  )
})

test('a snapshot with streams of new names puts them in the place of the old ones', () => {
  const fold = new SessionFold()
  const offer = sdp('1 sendonly 1', '2 sendonly 2')
  for (const turn of [1, 2]) {
    const sender = (id: string, n: number) => `<stream stream_id="${id}${turn}"/>
      <participantstreamassoc participant_id="${id}${turn}"><send>${id}${turn}</send>
      </participantstreamassoc><participant participant_id="${id}${turn}" n="${n}"/>`
    const all = metadata(`${sender('a', 1)}${sender('b', 2)}`)
    fold.push({ kind: 'request', tUs: turn, sdp: offer, metadata: all })
  }
  assert.deepEqual(
    fold.result().media.map(({ senders }) => senders),
    [
      ['a1', 'a2'],
      ['b1', 'b2'],
    ],
  )
})

test('what a session tells is bounded, however often its client tells more of it', () => {
  const codes = new Set<string>()
  const fold = new SessionFold((code) => void codes.add(code))
  const offer = sdp('96 sendonly 1')
  for (let n = 0; n < siprecLimits.metadataElementsMax + 5; n++) {
    const sends = Array.from({ length: 40 }, (_, i) => `<send>t${n}.${i}</send>`).join('')
    const uuid = n.toString(16).padStart(32, '1')
    fold.push({
      kind: 'request',
      tUs: n,
      sdp: offer,
      metadata: metadata(
        `<session session_id="s"><sipSessionID>${uuid}</sipSessionID></session>
        <callid>call-${n}</callid><stream stream_id="t${n}"><label>96</label></stream>
        <participant participant_id="p${n}"/><participantstreamassoc participant_id="p${n}">
        <send>t${n}</send>${sends}</participantstreamassoc>`,
        'partial',
      ),
    })
  }
  const { participants, media, callIds, sipSessionIds } = fold.result()
  assert.equal(participants.length, siprecLimits.metadataElementsMax)
  assert.equal(media[0]?.senders.length, siprecLimits.metadataElementsMax)
  assert.deepEqual(
    [callIds.length, sipSessionIds.length],
    [siprecLimits.callNamesMax, siprecLimits.callNamesMax],
  )
  assert.ok(codes.has('siprec.metadata.too-many'))
})

test('a stream of an unknown label is a problem, and the others are kept', () => {
  const codes: string[] = []
  const fold = new SessionFold((code) => codes.push(code))
  const stray = `<stream stream_id="t9"><label>9</label></stream><participantstreamassoc
    participant_id="eve"><send>t9</send></participantstreamassoc>`
  fold.push({
    kind: 'request',
    tUs: 1,
    sdp: sdp('96 sendonly 1'),
    metadata: metadata(`${streams}${bob}${stray}`),
  })
  assert.deepEqual([...new Set(codes)], ['siprec.label.unknown'])
  assert.deepEqual(fold.result().media[0]?.senders, ['bob'])
})

test("the recorded call's names are gathered, the client's clock is believed in bounds", () => {
  const fold = new SessionFold()
  const session = (time: string) =>
    metadata(`<session session_id="s"><sipSessionID>AB30317f-1a78-4dc4-8ff8-24d0d3715d86;remote=${'0'.repeat(32)}
      </sipSessionID></session><callid>c@h</callid><participantsessionassoc participant_id="p"
      session_id="s"><associate-time>${time}</associate-time></participantsessionassoc>`)
  const startUs = Date.UTC(2026, 10, 21) * 1000
  fold.push({ kind: 'request', tUs: startUs, metadata: metadata('') })
  const laterUs = startUs + 10_000_000
  fold.push({ kind: 'request', tUs: laterUs, metadata: session('2026-11-21T00:00:04Z') })
  assert.deepEqual(fold.result().callIds, ['c@h'])
  assert.deepEqual(fold.result().sipSessionIds, ['ab30317f1a784dc48ff824d0d3715d86'])
  assert.equal(fold.result().participants[0]?.joinedUs, startUs + 4_000_000)

  const off = new SessionFold()
  off.push({ kind: 'request', tUs: startUs, metadata: session('2031-01-01T00:00:00Z') })
  assert.equal(off.result().participants[0]?.joinedUs, startUs)
})
