// A recording session that a client fills with all that it may: what reading it costs is bounded,
// and others have their turn meanwhile.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { siprecLimits } from '../siprec/limits.ts'
import { recorderLimits } from './limits.ts'
import { readRecordedSession } from './siprec-session.ts'

const head = '<recording xmlns="urn:ietf:params:xml:ns:recording:1">'
const tail = '</recording>'

/** A message of a session; its metadata has as many elements as may be. */
function message(cseq: number, isRetransmission = false) {
  const metadata = head + '<a/>'.repeat(siprecLimits.metadataMarksMax - 3) + tail
  const text = [
    `${cseq === 1 ? 'INVITE' : 'UPDATE'} sip:srs@192.0.2.2 SIP/2.0`,
    'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:src@192.0.2.1>;tag=a',
    'To: <sip:srs@192.0.2.2>',
    'Call-ID: session',
    `CSeq: ${cseq} INVITE`,
    'Require: siprec',
    'Content-Type: application/rs-metadata+xml',
    `Content-Length: ${metadata.length}`,
    '',
    metadata,
  ].join('\r\n')
  const method = cseq === 1 ? 'INVITE' : 'UPDATE'
  return { tUs: cseq, method, status: null, isRetransmission, bytes: Buffer.from(text) }
}

test('of a session no more bytes are read than any real one has', async () => {
  let read = 0
  async function* endless() {
    for (let cseq = 1; ; cseq++) {
      const one = message(cseq, cseq > 1)
      read += one.bytes.length
      yield one
    }
  }
  assert.equal(await readRecordedSession(endless()), undefined)
  assert.ok(read <= recorderLimits.sessionBytesMax + siprecLimits.metadataBytesMax + 1_000)
})

test('between two metadata documents others have their turn', async () => {
  let turns = 0
  const look = setImmediate(function again() {
    turns++
    setImmediate(again).unref()
  })
  async function* some() {
    for (let cseq = 1; cseq <= 5; cseq++) yield message(cseq)
  }
  await readRecordedSession(some())
  clearImmediate(look)
  assert.ok(turns >= 5, `${turns} turns`)
})
