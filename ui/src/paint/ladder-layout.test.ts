// The ladder's scene for small calls, number by number, and for any call at all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LadderMessage } from '../api/types.ts'
import { BREAK_HEIGHT, labelOf, layOutLadder, ROW_HEIGHT, rowsInWindow } from './ladder-layout.ts'
import type { LadderOptions } from './ladder-layout.ts'

const ALICE = { address: '10.0.0.1', port: 5060 }
const PROXY = { address: '10.0.0.9', port: 5060 }
const BOB = { address: '10.0.0.2', port: 5062 }
type End = typeof ALICE

const options: LadderOptions = {
  legKeys: ['leg-a', 'leg-b'],
  hiddenLegKeys: new Set(),
  ports: 'auto',
  names: new Map([['10.0.0.1:5060', 'Softphone/2']]),
  widthMin: 900,
}

function message(
  tUs: number,
  [from, to]: [End, End],
  startLine: string,
  more: Partial<LadderMessage> = {},
): LadderMessage {
  const status = /^SIP\/2\.0 (\d+)/.exec(startLine)?.[1]
  return {
    messageId: String(tUs),
    legKey: 'leg-a',
    callId: 'a',
    tUs,
    src: from.address,
    srcPort: from.port,
    dst: to.address,
    dstPort: to.port,
    transport: 'udp',
    method: startLine.split(' ')[0] ?? '',
    status: status === undefined ? null : Number(status),
    cseq: 1,
    isRetransmission: false,
    startLine,
    hasSdp: false,
    byteLength: 300,
    ...more,
  }
}

const CALL = [
  message(1_000_000, [ALICE, PROXY], 'INVITE sip:bob@x SIP/2.0', { hasSdp: true }),
  message(1_001_000, [PROXY, BOB], 'INVITE sip:bob@y SIP/2.0', { legKey: 'leg-b' }),
  message(1_200_000, [BOB, PROXY], 'SIP/2.0 486 Busy Here', { method: 'INVITE', legKey: 'leg-b' }),
  message(9_200_000, [PROXY, ALICE], 'SIP/2.0 486 Busy Here', { method: 'INVITE' }),
]

test('ladder: columns stand in the order in which the participants take part', () => {
  const scene = layOutLadder(CALL, options)
  assert.deepEqual(
    scene.columns.map(({ key, name }) => ({ key, name })),
    [
      { key: '10.0.0.1:5060', name: 'Softphone/2' },
      { key: '10.0.0.9:5060', name: null },
      { key: '10.0.0.2:5062', name: null },
    ],
  )
  assert.deepEqual(
    scene.columns.map(({ x }) => x),
    [288, 548, 808],
  )
})

test('ladder: rows tell times from the first message and from the row above', () => {
  const rows = layOutLadder(CALL, options).rows.map((row) => ({
    y: row.y,
    offsetUs: row.offsetUs,
    deltaUs: row.deltaUs,
    from: row.fromX,
    to: row.toX,
    paint: row.paint,
    leg: row.legIndex,
    label: row.label,
  }))
  assert.deepEqual(rows, [
    {
      y: 0,
      offsetUs: 0,
      deltaUs: null,
      from: 288,
      to: 548,
      paint: 'request',
      leg: 0,
      label: 'INVITE (SDP)',
    },
    {
      y: ROW_HEIGHT,
      offsetUs: 1_000,
      deltaUs: 1_000,
      from: 548,
      to: 808,
      paint: 'request',
      leg: 1,
      label: 'INVITE',
    },
    {
      y: 2 * ROW_HEIGHT,
      offsetUs: 200_000,
      deltaUs: 199_000,
      from: 808,
      to: 548,
      paint: 'failure',
      leg: 1,
      label: '486 Busy Here',
    },
    {
      // The silence of eight seconds has a break of its own above this row.
      y: 3 * ROW_HEIGHT + BREAK_HEIGHT,
      offsetUs: 8_200_000,
      deltaUs: 8_000_000,
      from: 548,
      to: 288,
      paint: 'failure',
      leg: 0,
      label: '486 Busy Here',
    },
  ])
})

test('ladder: a hidden leg takes its arrows and participants away, not the zero of time', () => {
  const scene = layOutLadder(CALL, { ...options, hiddenLegKeys: new Set(['leg-a']) })
  assert.deepEqual(
    scene.columns.map(({ key }) => key),
    ['10.0.0.9:5060', '10.0.0.2:5062'],
  )
  assert.equal(scene.rows[0]?.offsetUs, 1_000)
  assert.equal(scene.rows[0]?.deltaUs, null)
})

test('ladder: many ports of one address share a column, few keep their own', () => {
  const fan = [50001, 50002, 50003, 50004].map((port, index) =>
    message(index, [{ address: '10.0.0.1', port }, PROXY], 'OPTIONS sip:x SIP/2.0'),
  )
  const keys = (ports: LadderOptions['ports'], count = 4) =>
    layOutLadder(fan.slice(0, count), { ...options, ports }).columns.map(({ key }) => key)
  assert.deepEqual(keys('auto'), ['10.0.0.1', '10.0.0.9:5060'])
  assert.equal(keys('apart').length, 5)
  assert.deepEqual(keys('together'), ['10.0.0.1', '10.0.0.9'])
  assert.equal(keys('auto', 3).length, 4)
})

test('ladder: programs on one machine keep their ports apart however many they are', () => {
  const ports = [5060, 5080, 5082, 5084, 5086]
  const loop = ports.slice(1).map((port, index) => {
    const ends: [End, End] = [
      { address: '127.0.0.1', port: 5060 },
      { address: '127.0.0.1', port },
    ]
    return message(index, ends, 'INVITE sip:x SIP/2.0')
  })
  const scene = layOutLadder(loop, options)
  assert.equal(scene.columns.length, 5)
  assert.equal(
    scene.rows.some((row) => row.isLoop),
    false,
  )
  const joined = layOutLadder(loop, { ...options, ports: 'together' })
  assert.equal(joined.columns.length, 1)
  assert.equal(
    joined.rows.every((row) => row.isLoop),
    true,
  )
})

test('ladder: with little room the columns move together, with none the scene grows', () => {
  const compact = layOutLadder(CALL, { ...options, widthMin: 540 })
  assert.equal(compact.isCompact, true)
  assert.equal(compact.width, 540)
  const phone = layOutLadder(CALL, { ...options, widthMin: 360 })
  assert.deepEqual(
    phone.columns.map(({ x }) => x),
    [180, 312, 444],
  )
  assert.equal(phone.width, 516)
})

test('labelOf: a response names its method unless it answers an INVITE', () => {
  const ok = message(0, [BOB, ALICE], 'SIP/2.0 200 OK', { method: 'BYE' })
  assert.equal(labelOf(ok), '200 OK (BYE)')
  assert.equal(labelOf({ ...ok, method: 'INVITE', hasSdp: true }), '200 OK (SDP)')
  assert.equal(labelOf({ ...ok, startLine: 'SIP/2.0 200' }), '200 (BYE)')
  const long = { ...ok, method: 'INVITE', startLine: `SIP/2.0 200 ${'x'.repeat(500)}` }
  assert.equal(labelOf(long).length, 48)
})

test('ladder: an empty call has an empty scene', () => {
  const scene = layOutLadder([], options)
  assert.deepEqual(scene.rows, [])
  assert.deepEqual(scene.columns, [])
  assert.deepEqual(rowsInWindow(scene.rows, { top: 0, bottom: 500 }), { first: 0, end: 0 })
})

const anyEnd = fc.record({
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1', '::1'),
  port: fc.integer({ min: 0, max: 6 }),
})
const anyCall = fc
  .array(fc.tuple(anyEnd, anyEnd, fc.integer({ min: 0, max: 4_000_000 })), { maxLength: 60 })
  .map((steps) => {
    let tUs = 0
    return steps.map(([from, to, stepUs], index) => {
      tUs += stepUs
      return message(tUs, [from, to], 'INFO sip:x SIP/2.0', { messageId: String(index) })
    })
  })

test('ladder: whatever the call, all lies inside and a window holds all that touches it', () => {
  const windows = fc.integer({ min: -100, max: 2500 })
  fc.assert(
    fc.property(
      anyCall,
      fc.constantFrom('auto', 'apart', 'together'),
      windows,
      (call, ports, top) => {
        const scene = layOutLadder(call, { ...options, ports })
        assert.equal(scene.rows.length, call.length)
        for (const { x } of scene.columns) {
          assert.ok(x - scene.headWidth / 2 > 0 && x + scene.headWidth / 2 <= scene.width)
        }
        for (const row of scene.rows) {
          assert.ok(row.fromX > 0 && row.fromX < scene.width && row.toX < scene.width)
          assert.ok(row.labelX > 0 && row.labelX < scene.width)
          assert.ok(row.y + ROW_HEIGHT <= scene.height)
        }
        const bottom = top + 300
        const { first, end } = rowsInWindow(scene.rows, { top, bottom })
        scene.rows.forEach((row, index) => {
          const touches = row.y + ROW_HEIGHT > top && row.y - BREAK_HEIGHT < bottom
          assert.equal(index >= first && index < end, touches)
        })
      },
    ),
    { seed: 11, numRuns: 200 },
  )
})
