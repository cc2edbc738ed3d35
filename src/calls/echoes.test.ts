// Messages that come by the wire and by an agent count once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Echoes, type EchoTraits } from './echoes.ts'

const message: EchoTraits = { tUs: 1e15, hash: 7, src: 1, srcPort: 5060, dst: 2, dstPort: 5070 }
const WIRE = false
const AGENT = true

/** Sends messages by one way or the other; tells which of them count. */
function count(...sent: readonly (readonly [Partial<EchoTraits>, boolean])[]): boolean[] {
  const echoes = new Echoes()
  return sent.map(([traits, isFromAgent]) => {
    const whole = { ...message, ...traits }
    if (echoes.isEcho(whole, isFromAgent)) return false
    echoes.add(whole, isFromAgent)
    return true
  })
}

test('Echoes: a message that comes by both ways counts once, whichever comes first', () => {
  assert.deepEqual(count([{}, WIRE], [{ tUs: 1e15 + 900 }, AGENT]), [true, false])
  assert.deepEqual(count([{}, AGENT], [{ tUs: 1e15 - 900 }, WIRE]), [true, false])
})

test('Echoes: two copies on the wire and two by the agent are two', () => {
  const sent = [
    [{}, WIRE] as const,
    [{}, WIRE] as const,
    [{}, AGENT] as const,
    [{}, AGENT] as const,
  ]
  assert.deepEqual(count(...sent), [true, true, false, false])
})

test('Echoes: a retransmission, by its distance in time, is no echo', () => {
  assert.deepEqual(count([{}, WIRE], [{ tUs: 1e15 + 500_000 }, AGENT]), [true, true])
})

test('Echoes: other bytes, or other ends, are other messages', () => {
  for (const other of [{ hash: 8 }, { src: 3 }, { srcPort: 1 }, { dst: 3 }, { dstPort: 1 }]) {
    assert.deepEqual(count([{}, WIRE], [other, AGENT]), [true, true])
  }
})

test('Echoes: what two agents saw counts twice', () => {
  assert.deepEqual(count([{}, AGENT], [{}, AGENT]), [true, true])
})

test('Echoes: forgets what lies far back', () => {
  const between = Array.from({ length: 3_000 }, (_, i) => [{ hash: 100 + i }, WIRE] as const)
  const counted = count([{}, WIRE], ...between, [{}, AGENT])
  assert.ok(counted.every((counts) => counts))
})
