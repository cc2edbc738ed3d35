// INVITEs in, the users that they name beside those of From and To out.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { limits } from '../base/limits.ts'
import { SipMessage } from '../sip/message.ts'
import { readHead } from './leg-head.ts'
import { readIdentities } from './leg-identities.ts'
import { drawn, legOfLadder, tracked } from './trail.fixture.ts'

function message(...headers: string[]): SipMessage {
  const lines = [
    'INVITE sip:+15550199@b.test SIP/2.0',
    'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
    'To: <sip:+15550199@b.test>',
    ...headers,
    'Call-ID: c@test',
  ]
  const bytes = Buffer.from([...lines, '', ''].join('\r\n'), 'latin1')
  const made = new SipMessage()
  assert(made.read(bytes, 0, bytes.length))
  return made
}

const read = (made: SipMessage) => readIdentities(made, readHead(made), 0)
const told = (...headers: string[]) =>
  read(message(...headers)).map(({ header, side, user }) => `${header} ${side} ${user}`)

describe('readIdentities', () => {
  test('who asserts or prefers to be the caller, by whatever URI (RFC 3325 §9)', () => {
    const users = told(
      'P-Asserted-Identity: "Carol, C" <sip:+15550100@a.test;user=phone>, <tel:+1-555-0100>',
      'p-asserted-identity: tel:+15550101;phone-context=x',
      'P-Preferred-Identity: <sips:carol:secret@a.test>',
    )
    assert.deepEqual(users, [
      'P-Asserted-Identity caller +1-555-0100',
      'P-Asserted-Identity caller +15550100',
      'P-Asserted-Identity caller +15550101',
      'P-Preferred-Identity caller carol',
    ])
  })

  test('a Remote-Party-ID is of the caller, unless it says party=called', () => {
    const users = told(
      'Remote-Party-ID: <sip:+15550100@a.test>;party=calling;privacy=full;screen=yes',
      'Remote-Party-ID: "B, B" <sip:+15550111@a.test>;Party=CALLED',
      'Remote-Party-ID: <sip:+15550122@a.test>',
    )
    assert.deepEqual(users, [
      'Remote-Party-ID callee +15550111',
      'Remote-Party-ID caller +15550100',
      'Remote-Party-ID caller +15550122',
    ])
  })

  test('who forwarded the call was called before (RFC 5806, RFC 7044 §5)', () => {
    const users = told(
      'Diversion: <tel:+15550133>;reason=user-busy, <sip:+15550144@c.test>;reason=no-answer',
      'History-Info: <sip:+15550155@c.test?Reason=SIP%3Bcause%3D302>;index=1,',
      '  <sip:+15550199@b.test>;index=1.1;rc=1',
    )
    assert.deepEqual(users, [
      'Diversion callee +15550133',
      'Diversion callee +15550144',
      'History-Info callee +15550155',
    ])
  })

  test('what From or To says already is left out, on its own side alone', () => {
    assert.deepEqual(
      told(
        'P-Asserted-Identity: <sip:anonymous@a.test>',
        'P-Asserted-Identity: <sip:anonymous@a.test>, <tel:+15550100>',
        'P-Preferred-Identity: <sip:+15550199@b.test>',
        'Diversion: <sip:anonymous@a.test>',
        'History-Info: <sip:+15550199@b.test>;index=1',
      ),
      [
        'P-Asserted-Identity caller +15550100',
        'P-Preferred-Identity caller +15550199',
        'Diversion callee anonymous',
      ],
    )
  })

  test('the same user by the same header counts once, and none is no user', () => {
    assert.deepEqual(told('Diversion: <sip:x@a.test>', 'Diversion: <sip:x@b.test>'), [
      'Diversion callee x',
    ])
    const empty = ['Diversion: <sip:a.test>', 'History-Info:', 'P-Asserted-Identity: ,', 'P-X: <']
    assert.deepEqual(told(...empty), [])
  })

  test('headers whose names are only alike are no such headers', () => {
    const alike = ['D-version: <sip:x@a.test>', 'P-Asserted-IdentitY2: <sip:x@a.test>']
    assert.deepEqual(told(...alike, 'Proxy-Authorization: Digest username="x"'), [])
  })

  test('users are cut, and their number is bounded whatever a message holds', () => {
    const [long] = read(message(`Diversion: <sip:${'x'.repeat(5_000)}@a.test>`))
    assert.equal(long?.user.length, 256)
    const [pair] = read(
      message(`Diversion: <sip:${'x'.repeat(255)}\u00f0\u009f\u0098\u0080@a.test>`),
    )
    assert.equal(pair?.user.at(-1), '\ufffd')
    const value = (i: number) => `<sip:${i}@a.test>;index=${i}`
    const history = Array.from({ length: 5_000 }, (_, i) => value(10_000 + i)).join(',')
    const many = read(message(`History-Info: ${history}`, 'P-Asserted-Identity: <sip:x@a.test>'))
    assert.equal(many.length, limits.identitiesPerLegMax)
  })

  test('bytes of no sense give nothing that is not there', () => {
    assert.deepEqual(told('Diversion: <<<"', 'History-Info: "', 'Remote-Party-ID: \0@;party'), [
      'Remote-Party-ID caller \0',
    ])
  })
})

describe('identities of a leg', () => {
  test('are those of every INVITE that began it, at whatever hop a proxy added them', () => {
    const { trail } = legOfLadder(`
      0.00  A>P  INVITE      1  a
      0.01  P>B  INVITE      1  a    | P-Asserted-Identity: <sip:+15550100@p.test>
      0.02  P>C  INVITE      1  a    | Diversion: <sip:bob2@p.test>
      1.00  A<P  200 INVITE  1  a/b  | P-Asserted-Identity: <sip:+15550177@p.test>
      5.00  A>P  INVITE      2  a/b  | P-Asserted-Identity: <sip:+15550188@p.test>`)
    assert.deepEqual(
      trail.identities.map(({ user }) => user),
      ['+15550100', 'bob2'],
    )
  })

  test('are of calls alone', () => {
    const [record] = tracked(drawn('0 A>B MESSAGE 1 a | P-Asserted-Identity: <sip:x@a.test>'))
    assert.deepEqual(record?.trail.identities, [])
  })
})
