// Headers in, who a leg is about and what joins it out.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limits } from '../base/limits.ts'
import { SipMessage } from '../sip/message.ts'
import { HeaderProbe, readConversation, readHead, readJoinKeys } from './leg-head.ts'
import { fixtureSettings } from './trail.fixture.ts'

const LOCAL = '0123456789abcdef0123456789abcdef'
const REMOTE = 'fedcba9876543210fedcba9876543210'
const NIL = '0'.repeat(32)

function message(...headers: string[]): SipMessage {
  const text = ['INVITE sip:bob@b.test SIP/2.0', ...headers, 'Call-ID: c@test', '', ''].join('\r\n')
  const bytes = Buffer.from(text)
  const made = new SipMessage()
  assert(made.read(bytes, 0, bytes.length))
  return made
}

const keysOf = (...headers: string[]) =>
  readJoinKeys(message(...headers), fixtureSettings).map(({ header, value }) => [header, value])

describe('readHead', () => {
  test('users and hosts of From and To, and the agent', () => {
    const head = readHead(
      message('f: "A" <sip:alice@a.test>;tag=1', 't: <tel:+123>', 'User-Agent: Phone 1'),
    )
    assert.deepEqual([head.from, head.fromHost, head.userAgent], ['alice', 'a.test', 'Phone 1'])
  })

  test('what is absent or empty is null', () => {
    const head = readHead(message('From: <sip:a.test>'))
    assert.deepEqual([head.from, head.to, head.toHost, head.userAgent], [null, null, null, null])
  })

  test('of texts without end the beginning is kept', () => {
    const long = 'a'.repeat(50_000)
    const head = readHead(
      message(`From: <sip:${long}@${long}.test>`, `To: <sip:${long}@${long}>`, `Server: ${long}`),
    )
    const beginning = 'a'.repeat(limits.headTextCharsMax)
    assert.deepEqual([...new Set(Object.values(head))], [beginning])
  })

  test('an answer names its server', () => {
    assert.equal(readHead(message('Server: Proxy 2')).userAgent, 'Proxy 2')
  })
})

describe('readJoinKeys', () => {
  test('both UUIDs of a Session-ID join, the nil one does not (RFC 7989 §5)', () => {
    assert.deepEqual(keysOf(`Session-ID: ${LOCAL};remote=${REMOTE}`), [
      ['Session-ID', LOCAL],
      ['Session-ID', REMOTE],
    ])
    assert.deepEqual(keysOf(`Session-ID: ${LOCAL};remote=${NIL}`), [['Session-ID', LOCAL]])
  })

  test('any other header joins by its value, and an empty one by nothing', () => {
    assert.deepEqual(keysOf('x-cid: one', 'X-Call-ID: two', 'X-CID:'), [
      ['X-CID', 'one'],
      ['X-Call-ID', 'two'],
    ])
    assert.deepEqual(keysOf('Session-ID: no uuid'), [])
  })

  test('headers that name another dialog join by its Call-ID alone', () => {
    const joinHeaders = ['Replaces', 'Target-Dialog', 'Refer-To', 'P-Charging-Vector']
    const settings = { ...fixtureSettings, joinHeaders }
    const keys = (...headers: string[]) =>
      readJoinKeys(message(...headers), settings).map(({ header, value }) => [header, value])
    assert.deepEqual(keys('Replaces: 98732@sip.test;from-tag=r33th4x0r;to-tag=ff87ff'), [
      ['Replaces', '98732@sip.test'],
    ])
    assert.deepEqual(keys('target-dialog: fa77as7dad8-sd98ajzz@host.test;local-tag=kkaz-'), [
      ['Target-Dialog', 'fa77as7dad8-sd98ajzz@host.test'],
    ])
    const charging = 'P-Charging-Vector: icid-value="A=b;c";orig-ioi=home.test'
    assert.deepEqual(keys(charging), [['P-Charging-Vector', 'A=b;c']])
    const referTo = '<sip:bob@b.test?Accept-Contact=*&Replaces=12345%40a.test%3Bto-tag%3D1>'
    for (const name of ['Refer-To', 'r']) {
      assert.deepEqual(keys(`${name}: ${referTo}`), [['Refer-To', '12345@a.test']])
      assert.equal(new HeaderProbe(joinHeaders).next(message(`${name}: ${referTo}`), 0), 0)
    }
    assert.deepEqual(keys('Refer-To: <sip:carol@c.test>', 'Replaces: ;to-tag=1'), [])
    assert.deepEqual(keys('P-Charging-Vector: orig-ioi=home.test'), [])
  })

  test('long values are cut and their number is bounded', () => {
    const many = Array.from({ length: 40 }, (_, i) => `X-CID: ${i}${'x'.repeat(5_000)}`)
    const keys = keysOf(...many)
    assert.equal(keys.length, limits.joinKeysPerLegMax)
    assert(keys.every(([, value]) => value?.length === 256))
  })
})

describe('readConversation', () => {
  const read = (value: string) =>
    readConversation(message(`X-Conversation-ID: ${value}`), fixtureSettings)

  test('the first header of the settings that is there', () => {
    const settings = { ...fixtureSettings, conversationHeaders: ['X-One', 'X-Two'] }
    assert.equal(readConversation(message('X-Two: 2', 'X-One: 1'), settings), '1')
    assert.equal(readConversation(message('X-Two: 2', 'X-One:'), settings), '2')
    assert.equal(readConversation(message(), settings), null)
  })

  test('the case of a UUID says nothing, that of any other id does', () => {
    const id = 'd1b2c3d4-0000-4000-8000-00000000000a'
    assert.equal(read(id.toUpperCase()), id)
    assert.equal(read('Conv-One'), 'Conv-One')
  })
})

describe('HeaderProbe', () => {
  const probe = new HeaderProbe(['Session-ID', 'X-CID'])

  test('finds a header in any case', () => {
    assert.equal(probe.next(message('session-id: x'), 0), 0)
    assert.equal(probe.next(message('From: <sip:a@b>', 'X-Cid: x'), 0), 1)
  })

  test('goes on behind a line that was found', () => {
    const twice = message('X-CID: x', 'From: <sip:a@b>', 'Session-ID: x')
    assert.deepEqual([probe.next(twice, 0), probe.next(twice, 1), probe.next(twice, 3)], [0, 2, -1])
  })

  test('passes over messages that have none', () => {
    assert.equal(probe.next(message('From: <sip:a@b>', 'To: <sip:c@d>'), 0), -1)
    assert.equal(new HeaderProbe([]).next(message('X-CID: x'), 0), -1)
  })
})
