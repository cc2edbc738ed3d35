// Metadata documents of the final RFC, of the drafts and of hostile senders, read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { siprecLimits } from './limits.ts'
import { parseMetadata } from './metadata.ts'

/** Parses a text and gathers the codes of what is odd. */
function parse(text: string) {
  const codes: string[] = []
  const metadata = parseMetadata(Buffer.from(text), (code) => codes.push(code))
  return { metadata, codes }
}

const WHOLE = `<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns='urn:ietf:params:xml:ns:recording:1'>
  <datamode>complete</datamode>
  <group group_id="g1"><associate-time>2026-11-21T08:00:00Z</associate-time></group>
  <session session_id="s1">
    <sipSessionID>ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2</sipSessionID>
    <group-ref>g1</group-ref>
    <start-time>2026-11-21T08:00:00.250+01:00</start-time>
  </session>
  <participant participant_id="p1">
    <nameID aor="sip:bob@biloxi.com"><name xml:lang="it">Bob &amp; &#x5a;o&#235;</name></nameID>
  </participant>
  <participant participant_id="p2">
    <nameID aor="sip:Paul@biloxi.com"><name>Paul</name></nameID>
  </participant>
  <stream stream_id="t1" session_id="s1"><label>96</label></stream>
  <stream stream_id="t2" session_id="s1"><label>97</label></stream>
  <participantsessionassoc participant_id="p1" session_id="s1">
    <associate-time>2026-11-21T08:00:01Z</associate-time>
    <disassociate-time>2026-11-21T08:00:09Z</disassociate-time>
  </participantsessionassoc>
  <participantstreamassoc participant_id="p1"><send>t1</send><recv>t2</recv></participantstreamassoc>
  <participantstreamassoc participant_id="p2"><send>t2</send><recv>t1</recv></participantstreamassoc>
</recording>`

const DRAFT = `<recording xmlns='urn:ietf:params:xml:ns:recording'>
  <dataMode>Partial</dataMode>
  <session id="s1"><start-time>2026-11-21T08:00:00</start-time></session>
  <participant id="p1" session="s1"><aor>sip:bob@biloxi.com</aor><name>Bob </name>
    <send>t1</send><recv>t2</recv><start-time>2026-11-21T08:00:01</start-time></participant>
  <participant id="p2" session="s1"><nameID aor="sip:paul@biloxi.com"/><recv>t1</recv>
    <associate-time>2026-11-21T08:00:02</associate-time></participant>
  <participant participant_id="p3" session_id="s1">
    <disassociate-time>2026-11-21T08:00:03Z</disassociate-time></participant>
  <participant id="p4"/>
  <stream id="t1" session="s1"><mode>separate</mode><label>1</label></stream>
</recording>`

test('a document of RFC 7865 is read in all its parts', () => {
  const { metadata, codes } = parse(WHOLE)
  assert.deepEqual(codes, [])
  assert.deepEqual(metadata, {
    isPartial: false,
    sessions: [
      {
        sessionId: 's1',
        sipSessionIds: ['ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2'],
        startUs: Date.UTC(2026, 10, 21, 7, 0, 0, 250) * 1000,
        stopUs: undefined,
      },
    ],
    participants: [
      { participantId: 'p1', aor: 'sip:bob@biloxi.com', displayName: 'Bob & Zoë' },
      { participantId: 'p2', aor: 'sip:Paul@biloxi.com', displayName: 'Paul' },
    ],
    streams: [
      { streamId: 't1', label: '96' },
      { streamId: 't2', label: '97' },
    ],
    memberships: [
      {
        participantId: 'p1',
        associatedUs: Date.UTC(2026, 10, 21, 8, 0, 1) * 1000,
        disassociatedUs: Date.UTC(2026, 10, 21, 8, 0, 9) * 1000,
      },
    ],
    directions: [
      { participantId: 'p1', sends: ['t1'], receives: ['t2'] },
      { participantId: 'p2', sends: ['t2'], receives: ['t1'] },
    ],
    callIds: [],
  })
})

test('a prefix, a draft, and a Call-ID in an extension are understood', () => {
  const { metadata } = parse(`<tns:recording xmlns:tns='urn:ietf:params:xml:ns:recording'>
    <tns:datamode>partial</tns:datamode>
    <tns:group group_id="g"><callData><callid>9238@host</callid></callData></tns:group>
    <tns:participant participant_id="p"><tns:nameID aor="daveh@192.0.2.1"><tns:name> </tns:name>
      </tns:nameID><tns:send>t</tns:send></tns:participant>
    <tns:stream stream_id="t"><tns:label>1</tns:label></tns:stream></tns:recording>`)
  assert.equal(metadata?.isPartial, true)
  assert.deepEqual(metadata?.callIds, ['9238@host'])
  assert.deepEqual(metadata?.participants, [
    { participantId: 'p', aor: 'daveh@192.0.2.1', displayName: undefined },
  ])
  assert.deepEqual(metadata?.directions, [{ participantId: 'p', sends: ['t'], receives: [] }])
})

test('a document with the words of the drafts is read in all its parts', () => {
  const { metadata, codes } = parse(DRAFT)
  const secondUs = (second: number) => Date.UTC(2026, 10, 21, 8, 0, second) * 1000
  assert.deepEqual(codes, [])
  assert.deepEqual(metadata, {
    isPartial: true,
    sessions: [{ sessionId: 's1', sipSessionIds: [], startUs: secondUs(0), stopUs: undefined }],
    participants: [
      { participantId: 'p1', aor: 'sip:bob@biloxi.com', displayName: 'Bob' },
      { participantId: 'p2', aor: 'sip:paul@biloxi.com', displayName: undefined },
      { participantId: 'p3', aor: undefined, displayName: undefined },
      { participantId: 'p4', aor: undefined, displayName: undefined },
    ],
    streams: [{ streamId: 't1', label: '1' }],
    memberships: [
      { participantId: 'p1', associatedUs: secondUs(1), disassociatedUs: undefined },
      { participantId: 'p2', associatedUs: secondUs(2), disassociatedUs: undefined },
      { participantId: 'p3', associatedUs: undefined, disassociatedUs: secondUs(3) },
    ],
    directions: [
      { participantId: 'p1', sends: ['t1'], receives: ['t2'] },
      { participantId: 'p2', sends: [], receives: ['t1'] },
    ],
    callIds: [],
  })
})

test('where a document has the words of both, those of RFC 7865 count', () => {
  const { metadata, codes } = parse(`<recording>
    <dataMode>complete</dataMode><datamode>partial</datamode>
    <session id="x" session_id="s1"/><stream id="x" stream_id="t1"/>
    <participant id="x" participant_id="p1" session="s1"><send>t2</send></participant>
    <participantsessionassoc participant_id="p1" session_id="s1">
      <disassociate-time>2026-11-21T08:00:03Z</disassociate-time></participantsessionassoc>
    <participantstreamassoc participant_id="p1"><send>t1</send></participantstreamassoc>
    </recording>`)
  assert.deepEqual(codes, [])
  assert.equal(metadata?.isPartial, true)
  assert.equal(metadata?.sessions[0]?.sessionId, 's1')
  assert.equal(metadata?.streams[0]?.streamId, 't1')
  assert.equal(metadata?.participants[0]?.participantId, 'p1')
  assert.deepEqual(
    metadata?.memberships.map(({ disassociatedUs }) => disassociatedUs),
    [Date.UTC(2026, 10, 21, 8, 0, 3) * 1000],
  )
  assert.deepEqual(metadata?.directions, [{ participantId: 'p1', sends: ['t1'], receives: [] }])
})

test('words of the drafts are bounded and have their problems once', () => {
  const one = '<participant id="p" session="s"><send>t</send></participant>'
  const many = parse(`<recording>${one.repeat(siprecLimits.metadataElementsMax + 1)}</recording>`)
  assert.deepEqual(many.codes, ['siprec.metadata.too-many'])
  assert.equal(many.metadata?.memberships.length, siprecLimits.metadataElementsMax)
  assert.equal(many.metadata?.directions.length, siprecLimits.metadataElementsMax)
  const nameless = '<recording><participant id=" " session="s"><send>t</send></participant>'
  assert.deepEqual(parse(`${nameless}</recording>`).codes, ['siprec.metadata.id-missing'])
  const late = '<recording><participant id="p" session="s"><start-time>noon</start-time>'
  assert.deepEqual(parse(`${late}</participant></recording>`).codes, ['siprec.metadata.time'])
})

test('what cannot be read is a problem with a code', () => {
  const laughs = `<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><recording>&b;</recording>`
  assert.deepEqual(parse(laughs), { metadata: undefined, codes: ['siprec.metadata.doctype'] })
  const deep = `<recording>${'<a>'.repeat(1_000)}`
  for (const text of ['', 'no xml', '<other/>', deep]) {
    assert.deepEqual(parse(text).codes, ['siprec.metadata.unreadable'], text.slice(0, 20))
  }
  const long = ' '.repeat(siprecLimits.metadataBytesMax + 1)
  assert.deepEqual(parse(long).codes, ['siprec.metadata.too-long'])
  const most = siprecLimits.metadataMarksMax - 2
  assert.deepEqual(parse(`<recording>${'<a/>'.repeat(most)}</recording>`).codes, [])
  for (const many of ['<a/>'.repeat(most + 1), `<a ${'b=1 '.repeat(most)}/>`]) {
    const { codes } = parse(`<recording>${many}</recording>`)
    assert.deepEqual(codes, ['siprec.metadata.too-long'])
  }
  const streams = '<stream stream_id="x"/>'.repeat(siprecLimits.metadataElementsMax + 1)
  const many = `<recording>${streams}</recording>`
  const { metadata, codes } = parse(many)
  assert.deepEqual(codes, ['siprec.metadata.too-many'])
  assert.equal(metadata?.streams.length, siprecLimits.metadataElementsMax)
  const odd = parse(
    '<recording><stream/><session session_id="s"><start-time>noon</start-time></session></recording>',
  )
  assert.deepEqual(odd.codes, ['siprec.metadata.time', 'siprec.metadata.id-missing'])
})

test('an entity of its own stays as it is written, and names of objects harm nobody', () => {
  const { metadata } = parse(
    `<recording><participant participant_id="__proto__">
       <nameID aor="&xxe;&#0;&#xd800;"><name>constructor</name></nameID></participant></recording>`,
  )
  assert.deepEqual(metadata?.participants, [
    { participantId: '__proto__', aor: '&xxe;&#0;&#xd800;', displayName: 'constructor' },
  ])
  const named = parse('<recording><__proto__><label>x</label></__proto__></recording>')
  assert.deepEqual(named.codes, ['siprec.metadata.unreadable'])
})

test('bytes of any kind are read without a throw', () => {
  const tags = `${WHOLE}${DRAFT}`.split(/(?=<)/)
  const pieces = fc.constantFrom(...tags, '&', ']]>', '<![CDATA[', '<!--', '"')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      parseMetadata(Buffer.from(parts.join('')))
    }),
    { numRuns: 500, seed: 7865 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      parseMetadata(Buffer.concat([Buffer.from('<recording>'), bytes]))
    }),
    { numRuns: 500, seed: 7866 },
  )
})
