// Sounds that are made to hold one thing each, and whether it is found where it is, and nothing
// else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tone } from '../captured-rtp.fixture.ts'
import { speechLike } from '../ffmpeg.fixture.ts'
import type { HeardPacket } from '../heard-packet.ts'
import type { SoundGap, SoundSide } from '../sound.ts'
import { SoundAnalyser } from './analyse-sound.ts'
import type { MediaFinding } from './media-finding.ts'
import { TelephoneEvents } from './telephone-events.ts'

const RATE = 8_000
const START_US = 1_700_000_000_000_000

type Part = Float32Array | number

/** Sounds one after the other; a number is so many seconds of silence. */
function line(...parts: readonly Part[]): Float32Array {
  const pieces = parts.map((part) =>
    typeof part === 'number' ? new Float32Array(Math.round(part * RATE)) : part,
  )
  return Float32Array.from(pieces.flatMap((piece) => [...piece]))
}

const scaled = (samples: Float32Array, by: number) => samples.map((sample) => sample * by)
const pair = (a: number, b: number, seconds: number, level = 0.5) =>
  tone(a, RATE, seconds).map(
    (sample, i) => level * (sample + Math.sin((2 * Math.PI * b * i) / RATE) / 2),
  )
const repeated = (times: number, ...parts: readonly Part[]) =>
  line(...Array.from({ length: times }, () => parts).flat())

function analyse(
  caller: Float32Array,
  callee: Float32Array,
  more: { answerUs?: number | null; gaps?: readonly SoundGap[] } = {},
) {
  const { answerUs = null, gaps = [] } = more
  const place = { startUs: START_US, answerUs }
  const analyser = new SoundAnalyser()
  const length = Math.max(caller.length, callee.length)
  for (let at = 0; at < length; at += RATE) {
    const size = Math.min(RATE, length - at)
    const channels = [caller, callee].map((samples) => {
      const piece = new Float32Array(size)
      piece.set(samples.subarray(at, at + size))
      return piece
    })
    analyser.push({ startSample: at, channels }, place)
  }
  return analyser.finish(place, gaps)
}

const seconds = ({ startUs, endUs }: MediaFinding) => [
  Math.round((startUs - START_US) / 10_000) / 100,
  Math.round((endUs - START_US) / 10_000) / 100,
]
const kinds = (findings: readonly MediaFinding[]) => findings.map(({ kind }) => kind)

const quiet = scaled(speechLike(RATE, 12), 0.5)
const ROWS = [697, 770, 852, 941]
const COLUMNS = [1_209, 1_336, 1_477, 1_633]
const DIGITS = ['123A', '456B', '789C', '*0#D']

test('every DTMF digit of 50 ms is heard, also with twist and off its frequency', () => {
  for (const [row, digits] of DIGITS.entries()) {
    for (const [column, digit] of digits.split('').entries()) {
      for (const { off, lower, upper } of [
        { off: 1, lower: 1, upper: 1 },
        { off: 1.014, lower: 1, upper: 0.6 },
        { off: 0.986, lower: 0.7, upper: 1 },
      ]) {
        const low = scaled(tone((ROWS[row] ?? 0) * off, RATE, 0.05), lower * 0.6)
        const high = tone((COLUMNS[column] ?? 0) * off, RATE, 0.05)
        const sum = low.map((sample, i) => sample + (high[i] ?? 0) * upper * 0.6)
        const { findings } = analyse(line(0.5, sum, 0.5), line(1.05))
        assert.deepEqual(
          findings.map((found) => found.digit),
          [digit],
          `${digit} ${off}`,
        )
        assert.equal(findings[0]?.source, 'tone')
      }
    }
  }
})

test('the same digit twice is two digits, and a long one is one', () => {
  const five = pair(770, 1_336, 0.08)
  const { findings } = analyse(line(0.2, five, 0.08, five, 0.3, pair(770, 1_336, 2), 0.1), line(3))
  assert.deepEqual(
    findings.map(({ digit }) => digit),
    ['5', '5', '5'],
  )
  assert.deepEqual(
    findings.map(({ measures }) => (measures['durationMs'] ?? 0) > 1_900),
    [false, false, true],
  )
})

test('speech, noise, music of one tone and short clicks hold no digits', () => {
  let state = 3
  const noise = Float32Array.from({ length: 4 * RATE }, () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff
    return state / 0x4000_0000 - 1
  })
  const click = pair(697, 1_209, 0.02)
  const caller = line(speechLike(RATE, 20), scaled(noise, 0.3), tone(770, RATE, 2), click, 1)
  assert.deepEqual(kinds(analyse(caller, scaled(caller, 0.9)).findings).includes('dtmf'), false)
})

test('a vowel whose harmonics fit a digit is none', () => {
  const harmonics = Object.entries({ 1: 0.3, 2: 0.65, 3: 1, 7: 0.75, 8: 0.3, 10: 0.3 })
  const vowel = harmonics
    .map(([n, level]) => scaled(tone(232.8 * Number(n), RATE, 0.3), level * 0.3))
    .reduce((sum, one) => sum.map((sample, i) => sample + (one[i] ?? 0)))
  assert.deepEqual(kinds(analyse(line(0.5, vowel, 0.5), line(1.3)).findings), [])
})

test('ringback, busy, congestion and dial tones are told by their cadence', () => {
  const cases = [
    { name: 'Europe rings', sound: repeated(3, tone(425, RATE, 1), 4), want: ['ringback', 3] },
    { name: 'America rings', sound: repeated(2, pair(440, 480, 2), 4), want: ['ringback', 2] },
    {
      name: 'Britain rings',
      sound: repeated(2, pair(400, 450, 0.4), 0.2, pair(400, 450, 0.4), 2),
      want: ['ringback', 2],
    },
    { name: 'busy', sound: repeated(5, tone(425, RATE, 0.5), 0.5), want: ['busy', 5] },
    { name: 'American busy', sound: repeated(4, pair(480, 620, 0.5), 0.5), want: ['busy', 4] },
    {
      name: 'congestion',
      sound: repeated(6, tone(425, RATE, 0.25), 0.25),
      want: ['congestion', 6],
    },
    { name: 'dial tone', sound: line(pair(350, 440, 3), 1), want: ['dial-tone', 1] },
  ] as const
  for (const { name, sound, want } of cases) {
    const { findings } = analyse(new Float32Array(0), line(0.3, sound))
    const heard = findings.filter(({ kind }) => !['silence', 'one-way'].includes(kind))
    assert.deepEqual(
      heard.map(({ kind, measures }) => [kind, measures['bursts']]),
      [want],
      name,
    )
    assert.ok((heard[0]?.startUs ?? 0) - START_US < 400_000, name)
  }
})

test('the tones of fax machines are told from those of the network', () => {
  const calling = repeated(2, tone(1_100, RATE, 0.5), 3)
  const { findings } = analyse(calling, line(1, tone(2_100, RATE, 3)))
  const faxes = findings.filter(({ kind }) => kind.startsWith('fax'))
  assert.deepEqual(
    faxes.map(({ kind, side }) => `${kind} ${side}`),
    ['fax-calling caller', 'fax-answering callee', 'fax-calling caller'],
  )
})

test('a side that is silent while the other one speaks is told, with packets or without', () => {
  const gap: SoundGap = {
    side: 'callee',
    startUs: START_US,
    endUs: START_US + 12e6,
    reason: 'unsent',
  }
  const silent = analyse(quiet, line(12)).findings
  assert.deepEqual(kinds(silent), ['silence', 'one-way'])
  assert.deepEqual(
    silent.map(({ side }) => side),
    ['callee', 'callee'],
  )
  assert.deepEqual(seconds(silent[0] ?? ({} as MediaFinding)), [0, 12])
  assert.deepEqual(kinds(analyse(quiet, line(12), { gaps: [gap] }).findings), [
    'no-packets',
    'one-way',
  ])
})

test('sound that is cut off at full scale is found where it is', () => {
  const shouted = speechLike(RATE, 2).map((sample) => Math.max(-0.98, Math.min(0.98, sample * 5)))
  const { findings } = analyse(line(quiet.subarray(0, 4 * RATE), shouted, 2), quiet)
  const clipped = findings.filter(({ kind }) => kind === 'clipping')
  assert.deepEqual(clipped.map(seconds), [[4, 6]])
  assert.equal(analyse(quiet, quiet).findings.length, 0)
})

test('a side that is hard to hear is told with its level', () => {
  const { findings } = analyse(quiet, scaled(quiet, 0.07))
  assert.deepEqual(kinds(findings), ['low-level'])
  assert.equal(findings[0]?.side, 'callee')
  assert.ok((findings[0]?.measures['levelDb'] ?? 0) < -36)
})

test('what one side says and the other one gives back later and quieter is an echo', () => {
  const speaker = scaled(speechLike(RATE, 20), 0.8)
  const echo = line(0.16, scaled(speaker, 0.15)).subarray(0, speaker.length)
  const { findings } = analyse(speaker, echo)
  const found = findings.filter(({ kind }) => kind === 'echo')
  assert.deepEqual(
    found.map(({ side }) => side),
    ['callee'],
  )
  assert.equal(found[0]?.measures['delayMs'], 160)
  assert.ok(Math.abs((found[0]?.measures['lossDb'] ?? 0) - 16.5) < 2)
  const other = scaled(speechLike(RATE, 25), 0.15).slice(4 * RATE, 24 * RATE)
  assert.equal(kinds(analyse(speaker, other).findings).includes('echo'), false)
})

const word = (length: number) => scaled(speechLike(RATE, length), 0.6)
const answers = [
  { name: 'a short word and a pause', sound: [0.6, word(0.5), 3], want: 'human' },
  { name: 'two words and a pause', sound: [1, word(0.3), 0.2, word(0.4), 2], want: 'human' },
  { name: 'a recital without a pause', sound: [0.5, word(6), 2], want: 'machine' },
  {
    name: 'a middling greeting and a beep',
    sound: [0.5, word(2), 1, tone(1_000, RATE, 0.4), 2],
    want: 'machine',
  },
  { name: 'a middling greeting without a beep', sound: [0.5, word(2), 2], want: null },
  { name: 'a word, and the call ends', sound: [0.6, word(0.5), 0.2], want: null },
  { name: 'nothing', sound: [8], want: null },
] as const
for (const { name, sound, want } of answers) {
  test(`who answered with ${name}: ${want ?? 'nobody knows'}`, () => {
    // Ringing before the answer is not the callee's greeting.
    const ringing = repeated(1, tone(425, RATE, 1), 1)
    const callee = line(ringing, ...sound)
    const { answeredBy } = analyse(new Float32Array(0), callee, { answerUs: START_US + 2e6 })
    assert.equal(answeredBy.answeredBy, want, answeredBy.reason)
  })
}

test('a call that nobody answered was answered by nobody', () => {
  assert.equal(analyse(quiet, quiet).answeredBy.answeredBy, null)
})

const EVENTS = { name: 'telephone-event', clockRateHz: 8_000, channels: 1 }
function event(
  code: number,
  more: Partial<Pick<HeardPacket, 'tUs' | 'streamId' | 'isMarked'>> & {
    timestamp: number
    duration: number
    isEnd?: boolean
  },
): HeardPacket {
  const { timestamp, duration, isEnd = false, tUs = START_US, streamId = 0 } = more
  const { isMarked = false } = more
  const payload = Uint8Array.of(code, isEnd ? 0x8a : 0x0a, duration >> 8, duration & 255)
  const rest = { sequenceNumber: 0, payloadType: 101, isMarked, isRedundant: false }
  return { streamId, tUs, timestamp, payload, codec: EVENTS, ...rest }
}
function eventsOf(packets: readonly HeardPacket[], side: SoundSide = 'caller') {
  const events = new TelephoneEvents()
  for (const packet of packets) events.push(packet, side)
  return events
    .findings()
    .map(({ digit, kind, measures }) => [digit ?? kind, measures['durationMs']])
}

test('an event is one digit however often its packets and its end were repeated', () => {
  const packets = [160, 320, 480, 640, 640, 640].map((duration, i) =>
    event(5, { timestamp: 1_000, duration, isEnd: i > 2, tUs: START_US + i * 20_000 }),
  )
  assert.deepEqual(eventsOf(packets), [['5', 80]])
  assert.deepEqual(eventsOf(packets.slice(5)), [['5', 80]])
  assert.deepEqual(eventsOf(packets.toReversed()), [['5', 80]])
})

test('an event longer than a packet can tell goes on under new timestamps', () => {
  const packets = [
    event(11, { timestamp: 4_294_967_000, duration: 0xffff }),
    event(11, { timestamp: (4_294_967_000 + 0xffff) >>> 0, duration: 0x8000 }),
    event(11, { timestamp: (4_294_967_000 + 0xffff) >>> 0, duration: 0xffff }),
    event(11, { timestamp: (4_294_967_000 + 2 * 0xffff) >>> 0, duration: 8_000, isEnd: true }),
  ]
  assert.deepEqual(eventsOf(packets), [['#', Math.round((2 * 0xffff + 8_000) / 8)]])
})

test('an event whose timestamps count up with its duration is one digit', () => {
  const packets = [1, 2, 3, 4, 5, 6].map((n) =>
    event(5, { timestamp: 1_000 + n * 160, duration: n * 160, isEnd: n > 5, isMarked: n === 1 }),
  )
  assert.deepEqual(eventsOf([...packets, ...packets.slice(5)]), [['5', 120]])
})

test('a digit pressed again is another one though the end of the first was lost', () => {
  const first = event(1, { timestamp: 0, duration: 800, isMarked: true })
  const soon = event(1, { timestamp: 1_600, duration: 800, isMarked: true })
  // Where the first packet of the second one is lost too, the pause between them tells.
  const later = event(1, { timestamp: 8_000, duration: 800 })
  assert.deepEqual(eventsOf([first, soon]), [
    ['1', 100],
    ['1', 100],
  ])
  assert.deepEqual(eventsOf([first, later]), [
    ['1', 100],
    ['1', 100],
  ])
})

test('the same digit again, a flash and fax tones are events of their own', () => {
  const packets = [
    event(1, { timestamp: 0, duration: 400, isEnd: true }),
    event(1, { timestamp: 1_600, duration: 400, isEnd: true }),
    event(16, { timestamp: 3_200, duration: 800, isEnd: true }),
    event(36, { timestamp: 8_000, duration: 4_000, isEnd: true }),
    event(32, { timestamp: 16_000, duration: 4_000, isEnd: true }),
    event(64, { timestamp: 32_000, duration: 4_000, isEnd: true }),
  ]
  assert.deepEqual(
    eventsOf(packets).map(([name]) => name),
    ['1', '1', 'flash', 'fax-calling', 'fax-answering'],
  )
})

test('whatever events hold, they give bounded findings', () => {
  const events = new TelephoneEvents()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6 }), fc.nat(0xffff_ffff), (payload, timestamp) => {
      events.push({ ...event(0, { timestamp, duration: 0 }), payload }, 'callee')
      assert.ok(events.findings().every(({ endUs, startUs }) => endUs >= startUs))
    }),
    { seed: 5, numRuns: 300 },
  )
})
