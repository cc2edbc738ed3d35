// Streams of a call in, what its verdict says of them out. One case for each clause that there is,
// and for each call that has none.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CARRIES_UNKNOWN } from '../rtp/payload-profile.ts'
import type { Leg } from './leg.ts'
import { mediaClause } from './media-clause.ts'
import { makeRecord } from './stream-record.fixture.ts'
import type { StreamRecord } from './stream-record.ts'
import { LADDER_START_US, shownLeg } from './trail.fixture.ts'

/** Answered after 2 s, over after 62 s. */
const LADDER = `
  0   A>B  INVITE      1  a
  2   A<B  200 INVITE  1  a/b
  62  A>B  BYE         2  a/b`
const LEG = shownLeg(LADDER)
const BEHIND = shownLeg(LADDER, 'behind@test')

const at = (seconds: number) => LADDER_START_US + seconds * 1_000_000
const TALK = { fromUs: at(2), untilUs: at(62) }
const CALLER = { src: '198.51.100.1', srcPort: 4000 }
const CALLEE = { src: '203.0.113.2', srcPort: 5000 }

type Wish = Partial<StreamRecord>

/** Sound of one side, from `since` to `until`. */
function heard(sender: 'caller' | 'callee', since: number, until: number, wish: Wish = {}) {
  const [from, to] = sender === 'caller' ? [CALLER, CALLEE] : [CALLEE, CALLER]
  const packets = (until - since) * 50
  return makeRecord({
    ...from,
    dst: to.src,
    dstPort: to.srcPort,
    sender,
    ssrc: sender === 'caller' ? 1 : 2,
    startUs: at(since),
    endUs: at(until),
    packets,
    talk: TALK,
    ...wish,
  })
}

function clauseOf(streams: readonly StreamRecord[], leg: Leg = LEG): string | undefined {
  return mediaClause(leg, [leg], new Map([[leg.legKey, streams]]))
}

const both = (since: number, until: number, wish?: Wish) => [
  heard('caller', since, until, wish),
  heard('callee', since, until, wish),
]
const held = (untilS: number) => ({ talk: { fromUs: at(2), untilUs: at(untilS) } })
const UNNAMED = [
  {
    payloadType: 116,
    codec: null,
    clockRateHz: 0,
    channels: 1,
    fmtp: null,
    carries: CARRIES_UNKNOWN,
    packets: 3000,
  },
]

const cases: readonly {
  name: string
  streams: readonly StreamRecord[]
  clause: string | undefined
}[] = [
  { name: 'sound both ways', streams: both(2, 62), clause: undefined },
  { name: 'no RTP at all', streams: [], clause: undefined },
  {
    name: 'sound of the caller alone',
    streams: [heard('caller', 2, 62)],
    clause: 'no RTP from the callee was captured',
  },
  {
    name: 'sound of the callee alone, though the caller shows a picture',
    streams: [heard('callee', 1, 62), heard('caller', 2, 62, { mediaType: 'video' })],
    clause: 'no RTP from the caller was captured',
  },
  {
    name: 'sound of the caller alone and a report of somebody',
    streams: [
      heard('caller', 2, 62),
      makeRecord({ sender: null, mediaType: null, packets: 0, payloads: [] }),
    ],
    clause: undefined,
  },
  {
    name: 'sound of the caller alone, on hold after 4 s',
    streams: [heard('caller', 2, 62, held(6))],
    clause: undefined,
  },
  {
    name: 'sound of the caller alone, and nobody knows who had to send',
    streams: [heard('caller', 2, 62, { talk: null })],
    clause: undefined,
  },
  {
    name: 'a few packets of the caller',
    streams: [heard('caller', 2, 2.5)],
    clause: undefined,
  },
  {
    name: 'sound into a private network',
    streams: [heard('caller', 2, 62), heard('callee', 2, 62, { dst: '10.0.0.5' })],
    clause: 'RTP to the caller went to 10.0.0.5, and its own came from 198.51.100.1',
  },
  {
    name: 'sound into a private network until its own came',
    streams: [
      heard('caller', 2, 62),
      heard('callee', 2, 4, { dst: '10.0.0.5' }),
      heard('callee', 4, 62),
    ],
    clause: undefined,
  },
  {
    name: 'sound of a relay that has one address outside and another one inside',
    streams: [
      heard('caller', 2, 62, { dst: '203.0.113.9' }),
      heard('callee', 2, 62, { dst: '10.0.0.100' }),
    ],
    clause: undefined,
  },
  {
    name: 'sound between two addresses of one private network',
    streams: [
      heard('caller', 2, 62, { src: '10.0.0.6' }),
      heard('callee', 2, 62, { dst: '10.0.0.5' }),
    ],
    clause: undefined,
  },
  {
    name: 'a type without a name',
    streams: [heard('caller', 2, 62), heard('callee', 2, 62, { payloads: UNNAMED })],
    clause: 'RTP from the callee has payload type 116, which no SDP names',
  },
  {
    name: 'a type without a name, of which only the offer was captured',
    streams: both(2, 62, { payloads: UNNAMED, talk: null }),
    clause: undefined,
  },
  {
    name: 'a callee that falls silent',
    streams: [heard('caller', 2, 62), heard('callee', 2, 32)],
    clause: 'no RTP from the callee was captured in the last 30.0 s',
  },
  {
    name: 'both falling silent',
    streams: both(2, 32),
    clause: 'no RTP was captured in the last 30.0 s',
  },
  {
    name: 'both falling silent by the clock of an agent',
    streams: both(2, 32, { blocks: [] }),
    clause: undefined,
  },
  {
    name: 'a callee silent for 9 s',
    streams: [heard('caller', 2, 62), heard('callee', 2, 53)],
    clause: undefined,
  },
  { name: 'both falling silent, on hold', streams: both(2, 32, held(32)), clause: undefined },
  {
    name: 'a callee that is late',
    streams: [heard('caller', 2, 62), heard('callee', 6.2, 62)],
    clause: 'the first RTP from the callee was captured 4.2 s after the answer',
  },
  {
    name: 'both late',
    streams: both(6, 62),
    clause: 'the first RTP was captured 4.0 s after the answer',
  },
  {
    name: 'both late by the clock of an agent',
    streams: both(6, 62, { blocks: [] }),
    clause: undefined,
  },
  {
    name: 'a callee that is late, after hold',
    streams: [heard('caller', 2, 62, held(4)), heard('callee', 20, 62, held(4))],
    clause: undefined,
  },
  {
    name: 'both late, when the hold is over with which the call began',
    streams: both(20, 62, { talk: { fromUs: at(20), untilUs: at(62) } }),
    clause: undefined,
  },
  {
    name: 'a fifth missing',
    streams: [heard('caller', 2, 62), heard('callee', 2, 62, { packets: 2400, expected: 3000 })],
    clause: '20 % of the RTP from the callee is missing',
  },
  {
    name: 'one in thirty missing',
    streams: [heard('caller', 2, 62), heard('callee', 2, 62, { packets: 2900, expected: 3000 })],
    clause: undefined,
  },
]

describe('mediaClause', () => {
  for (const { name, streams, clause } of cases) {
    test(`${name}: ${clause ?? 'nothing'}`, () => {
      assert.equal(clauseOf(streams), clause)
    })
  }

  test('says nothing of a call that nobody answered', () => {
    const leg = shownLeg(`
      0   A>B  INVITE      1  a
      9   A<B  486 INVITE  1  a/b`)
    assert.equal(clauseOf([heard('callee', 1, 8)], leg), undefined)
  })

  test('says nothing of a call that was over after 4 s, though that was not known yet', () => {
    const leg = shownLeg(`
      0   A>B  INVITE      1  a
      2   A<B  200 INVITE  1  a/b
      6   A>B  BYE         2  a/b`)
    assert.equal(clauseOf([heard('caller', 2, 6, held(9))], leg), undefined)
  })

  test('takes a side that falls silent after it has handed the call over for done', () => {
    const leg = shownLeg(`
      0     A>B  INVITE      1  a
      2     A<B  200 INVITE  1  a/b
      32    A<B  REFER       7  b/a
      32.1  A>B  202 REFER   7  b/a
      62    A<B  BYE         8  b/a`)
    assert.equal(clauseOf([heard('caller', 2, 62), heard('callee', 2, 32)], leg), undefined)
  })

  test('names by its address who is missing behind a B2BUA', () => {
    const media = new Map([
      [LEG.legKey, both(2, 62)],
      [BEHIND.legKey, [heard('caller', 2, 62)]],
    ])
    const clause = 'no RTP from 203.0.113.2 was captured'
    assert.equal(mediaClause(LEG, [LEG, BEHIND], media), clause)
  })

  test('tells first of the leg that tells of the call', () => {
    const alone = [heard('caller', 2, 62)]
    const media = new Map([
      [LEG.legKey, alone],
      [BEHIND.legKey, alone],
    ])
    const clause = 'no RTP from the callee was captured'
    assert.equal(mediaClause(LEG, [LEG, BEHIND], media), clause)
  })
})
