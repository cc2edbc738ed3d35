// The part of the index suite about questions: what each term of a filter finds, and what it must
// not find. The meaning is that of leg-filter.ts and user-pattern.ts, whatever answers it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../base/failure.ts'
import { formatKey } from '../calls/keys.ts'
import type { Identity } from '../calls/leg.ts'
import { identitiesOf } from '../calls/leg-trail-codec.ts'
import type { LegIndex } from './contract.ts'
import type { LegFilter } from './leg-filter.ts'
import type { LegRule } from './leg-rule.ts'
import { callIdsOf, DAY, DAY_US, HOUR_US, type OpenIndex } from './suite-index.ts'
import { answeredCall, makeInvite, makeLeg, refusedCall } from './suite-legs.ts'
import { matchesUser, parseUserPattern } from './user-pattern.ts'

/** What random patterns are made of: all that patterns, numbers and text searches care about. */
const LETTERS = Array.from('*+4209-.() abAB%_"\'^$ü😀\u0000')

export function searchSuite(open: OpenIndex): void {
  byUser(open)
  byPattern(open)
  byIdentity(open)
  byAddress(open)
  byOutcome(open)
  byTime(open)
  byName(open)
  longSearch(open)
}

/** What an INVITE asserts of its caller, and by whom it was forwarded. */
const asserted = (user: string): Identity => {
  return { header: 'P-Asserted-Identity', side: 'caller', user }
}
const diverted = (user: string): Identity => ({ header: 'Diversion', side: 'callee', user })

/** Users, and for each pattern those of them that it means. */
const users = [
  '+442079460958',
  '+44 (20) 7946-0959',
  '00442079460958',
  '1001',
  'alice',
  'Alice.Smith',
  'a',
  'ab',
  'bob_1%x',
  `o'neil "ed"`,
  '*55#',
  'jürgen.müller',
  'Ελένη',
  '李小龍',
  '😀smile',
  'NEAR AND OR NOT',
  'col:umn^x$y{z}',
  '1-800-flowers',
  'semi;user=x',
] as const

const patterns: readonly (readonly [pattern: string, meant: readonly string[]])[] = [
  ['+442079460958', ['+442079460958']],
  ['+4420*', ['+442079460958', '+44 (20) 7946-0959']],
  ['+44 20*', ['+442079460958', '+44 (20) 7946-0959']],
  ['*460958', ['+442079460958', '00442079460958']],
  ['*46-0959', ['+44 (20) 7946-0959']],
  ['*0794*', ['+442079460958', '+44 (20) 7946-0959', '00442079460958']],
  ['*1', ['1001']],
  ['1*', ['1001', '1-800-flowers']],
  ['a*', ['alice', 'Alice.Smith', 'a', 'ab']],
  ['*ab*', ['ab']],
  ['*ICE*', ['alice', 'Alice.Smith']],
  ['alice', ['alice']],
  ['ALICE', []],
  ['alice*', ['alice', 'Alice.Smith']],
  ['*b_1%*', ['bob_1%x']],
  ['*_*', ['bob_1%x']],
  ['*%*', ['bob_1%x']],
  [`*'neil "*`, [`o'neil "ed"`]],
  ['**55*', ['*55#']],
  ['*#', ['*55#']],
  ['*ürgen*', ['jürgen.müller']],
  ['JÜRGEN*', ['jürgen.müller']],
  ['*λέν*', ['Ελένη']],
  ['*小*', ['李小龍']],
  ['李小龍', ['李小龍']],
  ['😀*', ['😀smile']],
  ['*AND OR*', ['NEAR AND OR NOT']],
  ['col:umn*', ['col:umn^x$y{z}']],
  ['*^x$y*', ['col:umn^x$y{z}']],
  ['1-800*', ['1-800-flowers']],
  ['*;user=x', ['semi;user=x']],
  ['*nobody*', []],
  ['zz*', []],
  ['*a\u0000b*', []],
  ['a\u0000*', []],
  ['*', users],
  ['**', users],
]

function byUser(open: OpenIndex): void {
  void test('from, to and user tell the sides apart', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      makeInvite('1', DAY_US, { from: 'alice', to: 'bob' }),
      makeInvite('2', DAY_US + 1, { from: 'bob', to: 'alice' }),
      makeInvite('3', DAY_US + 2, { from: 'bob', to: 'carol' }),
      makeInvite('4', DAY_US + 3, { from: null, to: null }),
    ])
    assert.deepEqual(await find(index, { from: 'alice' }), ['1'])
    assert.deepEqual(await find(index, { to: 'alice' }), ['2'])
    assert.deepEqual(await find(index, { user: 'alice' }), ['1', '2'])
    assert.deepEqual(await find(index, { from: 'b*', to: 'c*' }), ['3'])
    assert.deepEqual(await find(index, { user: 'alice', from: 'bob' }), ['2'])
    assert.deepEqual(await find(index, { user: '*' }), ['1', '2', '3'])
  })

  void test('a user is found in each of its days', async (t) => {
    const { index } = await open(t)
    const days = [0, 24, 48].map((hours) => DAY_US + hours * HOUR_US)
    await index.putLegs(days.map((tUs, i) => makeInvite(`${i}`, tUs, { from: `u${i % 2}zz` })))
    assert.deepEqual(await find(index, { from: 'u0*' }), ['0', '2'])
    assert.deepEqual(await find(index, { from: '*1zz' }), ['1'])
  })
}

function byPattern(open: OpenIndex): void {
  void test('a user pattern finds the users that it means, and no other', async (t) => {
    const { index } = await open(t)
    await index.putLegs(users.map((user, i) => makeInvite(user, DAY_US + i, { from: user })))
    for (const [pattern, meant] of patterns) {
      assert.deepEqual(await find(index, { from: pattern }), meant, `pattern ${pattern}`)
    }
  })

  void test('a user and a pattern may be long', async (t) => {
    const { index } = await open(t)
    const long = Array.from({ length: 2_000 }, (_, i) => `${i}x`).join('')
    await index.putLegs([makeInvite('long', DAY_US, { from: long }), makeInvite('no', DAY_US + 1)])
    for (const pattern of [long, `${long.slice(0, -1)}*`, `*${long.slice(1)}`, `*${long}*`]) {
      assert.deepEqual(await find(index, { from: pattern }), ['long'])
    }
    assert.deepEqual(await find(index, { from: `*${long}y*` }), [])
  })

  void test('any piece of any user finds it', async (t) => {
    const { index } = await open(t)
    await index.putLegs(users.map((user, i) => makeInvite(user, DAY_US + i, { from: user })))
    const piece = fc.tuple(fc.constantFrom(...users), fc.nat(), fc.nat(), fc.nat({ max: 2 }))
    await fc.assert(
      fc.asyncProperty(piece, async ([user, a, b, ends]) => {
        const letters = Array.from(user)
        const start = a % letters.length
        const end = start + 1 + (b % (letters.length - start))
        const text = (from: number, to: number) => letters.slice(from, to).join('')
        const middle = `*${text(start, end)}*`
        const pattern =
          ends === 0 ? middle : ends === 1 ? `${text(0, end)}*` : `*${text(start, 99)}`
        assert.ok((await find(index, { from: pattern })).includes(user), `${pattern} for ${user}`)
      }),
      { seed: 3, numRuns: 300 },
    )
  })

  void test('a user with escapes is found by what they stand for', async (t) => {
    const { index } = await open(t)
    const escaped = ['%2B49301234567', 'j%C3%BCrgen', '50%']
    await index.putLegs(escaped.map((user, i) => makeInvite(user, DAY_US + i, { from: user })))
    for (const pattern of ['+49301234567', '+4930*', '*4567', '%2b49301234567']) {
      assert.deepEqual(await find(index, { from: pattern }), ['%2B49301234567'], pattern)
    }
    assert.deepEqual(await find(index, { from: 'jürgen' }), ['j%C3%BCrgen'])
    assert.deepEqual(await find(index, { from: '50%' }), ['50%'])
  })

  void test('whatever is asked for, the index finds what the pattern means', async (t) => {
    const { index } = await open(t)
    await index.putLegs(users.map((user, i) => makeInvite(user, DAY_US + i, { from: user })))
    const text = fc.string({
      unit: fc.constantFrom(...LETTERS),
      maxLength: 6,
    })
    await fc.assert(
      fc.asyncProperty(text, async (pattern) => {
        const parsed = parseUserPattern(pattern)
        const meant = users.filter((user) => matchesUser(parsed, user))
        assert.deepEqual(await find(index, { from: pattern }), meant)
      }),
      { seed: 9, numRuns: 400 },
    )
  })
}

function byIdentity(open: OpenIndex): void {
  void test('identities are users of their side where a search asks for them', async (t) => {
    const { index, reader } = await open(t)
    await index.putLegs([
      makeInvite('plain', DAY_US, { from: '+15550100', to: '+15550200' }),
      makeInvite('hidden', DAY_US + 1, { from: 'anonymous', identities: [asserted('+15550100')] }),
      makeInvite('passed', DAY_US + 2, { to: 'mobile', identities: [diverted('+15550200')] }),
      makeInvite('both', DAY_US + 3, {
        identities: [asserted('+15550100'), asserted('100'), diverted('+15550100')],
      }),
      // Of users that a day has nearly all are meant: legs are walked past, not found by index.
      ...Array.from({ length: 40 }, (_, i) => makeInvite(`z${i}`, DAY_US + 9 + i, { to: `u${i}` })),
    ])
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    for (const asked of [index, reader()]) {
      const found = (filter: LegFilter) => find(asked, { ...filter, withIdentities: true })
      assert.deepEqual(await found({ from: '+15550100' }), ['plain', 'hidden', 'both'])
      for (const pattern of ['+1555*', '*50100', '*5501*']) {
        assert.deepEqual(await found({ from: pattern }), ['plain', 'hidden', 'both'], pattern)
      }
      assert.deepEqual(await found({ from: '100' }), ['both'])
      assert.deepEqual(await found({ to: '*50200' }), ['plain', 'passed'])
      assert.deepEqual(await found({ to: '+15550100' }), ['both'])
      assert.deepEqual(await found({ user: '*0200' }), ['plain', 'passed'])
      assert.deepEqual(await found({ from: '*100', to: '*100' }), ['both'])
      assert.deepEqual(await found({ user: '*100', endUs: DAY_US + 2 }), ['plain', 'hidden'])
      assert.deepEqual((await found({ to: '*' })).length, 44)
      assert.deepEqual(await found({ from: '*1*', user: '*' }), ['plain', 'hidden', 'both'])
      // The users of From and To alone.
      assert.deepEqual(await find(asked, { from: '+15550100' }), ['plain'])
      assert.deepEqual(await find(asked, { user: '*0200' }), ['plain'])
    }
  })

  void test('identities do not make a leg obey a rule', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      makeInvite('own', DAY_US, { from: '+15550100' }),
      makeInvite('other', DAY_US + 1, { identities: [asserted('+15550100')] }),
    ])
    const anyOf: LegRule[] = [[{ field: 'user', pattern: '+1555*' }]]
    assert.deepEqual(await find(index, { anyOf, withIdentities: true }), ['own'])
    const filter = { anyOf, user: '+15550100', withIdentities: true } as const
    assert.deepEqual(await find(index, filter), ['own'])
  })

  void test('a leg that moves or goes takes its identities with it', async (t) => {
    const { index } = await open(t)
    const messages = answeredCall(DAY_US)
    const late = { callId: 'moves', messages: messages.slice(2), identities: [asserted('late')] }
    await index.putLegs([makeLeg(late)])
    await index.putLegs([makeLeg({ ...late, messages, identities: [diverted('early')] })])
    // Another leg may take the place that the first half had.
    await index.putLegs([makeInvite('other', messages[2]?.tUs ?? 0)])
    const found = (filter: LegFilter) => find(index, { ...filter, withIdentities: true })
    assert.deepEqual(await found({ from: 'late' }), ['moves'])
    assert.deepEqual(await found({ to: 'early' }), ['moves'])
    assert.deepEqual(await found({ to: 'late' }), [])
    const [leg] = await index.findLegs({ callId: 'moves' }, { limit: 1, order: 'oldest' })
    assert.deepEqual(identitiesOf(leg?.trail ?? Buffer.alloc(0)), [
      asserted('late'),
      diverted('early'),
    ])
  })
}

function byAddress(open: OpenIndex): void {
  void test('an address finds the legs that it is an end of, or a hop between', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      makeInvite('src', DAY_US, { src: '192.0.2.1', dst: '10.0.0.2' }),
      makeInvite('dst', DAY_US + 1, { src: '10.0.0.1', dst: '192.0.2.1' }),
      makeLeg({
        callId: 'hop',
        messages: [
          { tUs: DAY_US + 2, what: 'INVITE' },
          { tUs: DAY_US + 3, what: 'INVITE', hop: ['192.0.2.1', '2001:db8::7'] },
        ],
      }),
      makeInvite('none', DAY_US + 4),
    ])
    assert.deepEqual(await find(index, { address: '192.0.2.1' }), ['src', 'dst', 'hop'])
    assert.deepEqual(await find(index, { address: '2001:db8::7' }), ['hop'])
    assert.deepEqual(await find(index, { address: '2001:DB8::7' }), ['hop'])
    assert.deepEqual(await find(index, { address: '192.0.2' }), [])
    assert.deepEqual(await find(index, { address: '*' }), [])
  })

  void test('a hop is still found after the leg was merged, and only once', async (t) => {
    const { index } = await open(t)
    const messages = answeredCall(DAY_US)
    const hop = { tUs: DAY_US + 500, what: 'INVITE', hop: ['192.0.2.1', '192.0.2.2'] as const }
    await index.putLegs([makeLeg({ callId: 'x', messages: [...messages.slice(0, 2), hop] })])
    await index.putLegs([makeLeg({ callId: 'x', messages })])
    assert.deepEqual(await find(index, { address: '192.0.2.2' }), ['x'])
    await index.putLegs([makeInvite('other', DAY_US + 9)])
    assert.deepEqual(await find(index, { address: '192.0.2.2' }), ['x'])
  })
}

function byOutcome(open: OpenIndex): void {
  void test('a status finds itself, a class all of its hundred', async (t) => {
    const { index } = await open(t)
    const statuses = [302, 404, 486, 487, 503, 600]
    await index.putLegs([
      ...statuses.map((status, i) =>
        makeLeg({ callId: `${status}`, messages: refusedCall(DAY_US + i * 1000, status) }),
      ),
      makeLeg({ callId: '200', messages: answeredCall(DAY_US + 9_000) }),
      makeInvite('open', DAY_US + 10_000),
    ])
    assert.deepEqual(await find(index, { status: '486' }), ['486'])
    assert.deepEqual(await find(index, { status: '4xx' }), ['404', '486', '487'])
    assert.deepEqual(await find(index, { status: '5XX' }), ['503'])
    assert.deepEqual(await find(index, { status: '200' }), ['200'])
    assert.deepEqual(await find(index, { status: '1xx' }), [])
    assert.deepEqual(await find(index, { status: '999' }), [])
    for (const status of ['4x', 'abc', '99', '1000', '486.5', '']) {
      await assert.rejects(find(index, { status }), (error) => isFailure(error, 'bad-input'))
    }
  })

  void test('kind and state find what they name', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      makeLeg({ callId: 'done', messages: answeredCall(DAY_US) }),
      makeLeg({ callId: 'busy', messages: refusedCall(DAY_US + 1, 486) }),
      makeLeg({ callId: 'reg', messages: [{ tUs: DAY_US + 2, what: 'REGISTER' }] }),
    ])
    assert.deepEqual(await find(index, { kind: 'call' }), ['done', 'busy'])
    assert.deepEqual(await find(index, { kind: 'registration' }), ['reg'])
    assert.deepEqual(await find(index, { state: 'busy' }), ['busy'])
    assert.deepEqual(await find(index, { state: 'completed', kind: 'call' }), ['done'])
    assert.deepEqual(await find(index, { state: 'ringing' }), [])
  })

  void test('calls that go on are those without an end, and no other kind', async (t) => {
    const { index, reader } = await open(t)
    const course = answeredCall(DAY_US)
    await index.putLegs([
      makeLeg({ callId: 'done', messages: course }),
      makeLeg({ callId: 'busy', messages: refusedCall(DAY_US + 1, 486) }),
      makeLeg({ callId: 'reg', messages: [{ tUs: DAY_US + 2, what: 'REGISTER' }] }),
      makeInvite('trying', DAY_US + 3),
      makeLeg({ callId: 'ringing', messages: course.slice(0, 3) }),
      makeLeg({ callId: 'answered', messages: course.slice(0, 5) }),
      makeInvite('tomorrow', DAY_US + 24 * HOUR_US),
    ])
    await index.commit({ nextBlock: 2, indexedBefore: 2 })
    const goOn = ['answered', 'ringing', 'tomorrow', 'trying']
    const found = async (of: LegIndex, filter: LegFilter) => {
      const names = await find(of, { ...filter, goesOn: true })
      return names.map(String).sort()
    }
    assert.deepEqual(await found(index, {}), goOn)
    assert.deepEqual(await found(reader(), {}), goOn)
    assert.deepEqual(await found(index, { endUs: DAY_US + 4 }), goOn.toSpliced(2, 1))
    assert.deepEqual(await found(index, { startUs: DAY_US + 1 }), ['tomorrow', 'trying'])
    await index.putLegs([makeLeg({ callId: 'answered', messages: course.slice(5) })])
    assert.deepEqual(await found(index, {}), goOn.slice(1))
  })
}

function byTime(open: OpenIndex): void {
  const edges = [0, 1, 24 * HOUR_US - 1, 24 * HOUR_US, 24 * HOUR_US + 1, 48 * HOUR_US]

  void test('a span has its start and not its end, at the edges of days too', async (t) => {
    const { index } = await open(t)
    await index.putLegs(edges.map((us) => makeInvite(`${us}`, DAY_US + us)))
    for (const from of edges) {
      for (const to of [...edges, 99 * HOUR_US]) {
        const span = { startUs: DAY_US + from, endUs: DAY_US + to }
        const meant = edges.filter((us) => us >= from && us < to).map(String)
        assert.deepEqual(await find(index, span), meant, `${from} to ${to}`)
        assert.deepEqual((await find(index, span, 'newest')).toReversed(), meant)
      }
      const meant = edges.filter((us) => us >= from).map(String)
      assert.deepEqual(await find(index, { startUs: DAY_US + from }), meant)
    }
  })

  void test('spans far from any leg find nothing, or everything', async (t) => {
    const { index } = await open(t)
    await index.putLegs(edges.map((us) => makeInvite(`${us}`, DAY_US + us)))
    const everything = edges.map(String)
    assert.deepEqual(
      await find(index, { startUs: 0, endUs: Date.UTC(9999, 11, 31) * 1000 }),
      everything,
    )
    assert.deepEqual(await find(index, { startUs: -5, endUs: Number.MAX_SAFE_INTEGER }), everything)
    assert.deepEqual(await find(index, { endUs: 0 }), [])
    assert.deepEqual(await find(index, { startUs: Number.MAX_SAFE_INTEGER }), [])
    assert.deepEqual(await find(index, { startUs: DAY_US + 5, endUs: DAY_US + 5 }), [])
    assert.deepEqual(await find(index, { startUs: DAY_US + 9, endUs: DAY_US }), [])
  })

  void test('times before 1970 and far in the future have their place', async (t) => {
    const { index } = await open(t)
    const far = Date.UTC(2254, 0, 1) * 1000
    await index.putLegs([makeInvite('first', 0), makeInvite('last', far)])
    assert.deepEqual(await find(index, {}), ['first', 'last'])
    assert.deepEqual(await find(index, { startUs: far, endUs: far + 1 }), ['last'])
    assert.deepEqual(await find(index, { startUs: 0, endUs: 1 }), ['first'])
  })
}

function longSearch(open: OpenIndex): void {
  void test('a search ends between two days when nobody waits for it', async (t) => {
    const { index } = await open(t)
    for (let day = 0; day < 4; day++) {
      await index.putLegs([makeInvite(`call ${day}`, DAY_US + day * 24 * HOUR_US)])
    }
    let asked = 0
    const page = { limit: 9, order: 'oldest', isWanted: () => ++asked <= 2 } as const
    assert.deepEqual(callIdsOf(await index.findLegs({}, page)), ['call 0', 'call 1'])
  })
}

function byName(open: OpenIndex): void {
  void test('Call-ID, call and conversation find exactly theirs', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      makeInvite('a', DAY_US, { conversation: 'talk' }),
      makeInvite('A', DAY_US + 1),
      makeInvite('b', DAY_US + 24 * HOUR_US, { conversation: 'talk' }),
    ])
    assert.deepEqual(await find(index, { callId: 'a' }), ['a'])
    assert.deepEqual(await find(index, { callId: 'nobody' }), [])
    assert.deepEqual(await find(index, { conversationId: 'talk' }), ['a', 'b'])
    const [leg] = await index.findLegs({ callId: 'A' }, { limit: 1, order: 'oldest' })
    assert.deepEqual(await find(index, { callKey: leg?.callKey ?? '' }), ['A'])
    assert.deepEqual(await find(index, { callKey: formatKey({ day: DAY, hash: 1 }) }), [])
    assert.deepEqual(await find(index, { callKey: 'no key at all' }), [])
  })

  void test('all terms of a filter must hold', async (t) => {
    const { index } = await open(t)
    await index.putLegs([
      makeLeg({ callId: 'yes', messages: refusedCall(DAY_US, 486), from: 'alice' }),
      makeLeg({ callId: 'no', messages: refusedCall(DAY_US + 9, 404), from: 'alice' }),
    ])
    const filter: LegFilter = {
      startUs: DAY_US,
      endUs: DAY_US + HOUR_US,
      user: '*lic*',
      address: '10.0.0.2',
      status: '4xx',
      state: 'busy',
      kind: 'call',
      callId: 'yes',
    }
    assert.deepEqual(await find(index, filter), ['yes'])
    assert.deepEqual(await find(index, { ...filter, callId: 'no' }), [])
  })
}

async function find(
  index: LegIndex,
  filter: LegFilter,
  order: 'oldest' | 'newest' = 'oldest',
): Promise<(string | null)[]> {
  return callIdsOf(await index.findLegs(filter, { limit: 1000, order }))
}
