// Paths of messages in, whether they lead from or to whoever sent the attempt out.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AttemptHops } from './attempt-hops.ts'
import type { Path } from './leg-record.ts'

function path(src: string, dst: string): Path {
  const [from = '', srcPort] = src.split(':')
  const [to = '', dstPort] = dst.split(':')
  return { src: from, srcPort: Number(srcPort), dst: to, dstPort: Number(dstPort), transport: 17 }
}

function begun(...paths: readonly Path[]): AttemptHops {
  const hops = new AttemptHops(paths)
  hops.begin(0)
  return hops
}

describe('AttemptHops', () => {
  test('while no INVITE was seen anything may be its sender’s', () => {
    const hops = new AttemptHops([path('a:5060', 'p:5060')])
    assert.deepEqual([hops.isFromSender(0), hops.isToSender(0)], [true, true])
  })

  test('an answer to another port of the sender came back to it', () => {
    const hops = begun(path('a:51234', 'p:5060'), path('p:5060', 'a:5060'), path('b:1', 'p:5060'))
    assert.deepEqual([hops.isToSender(1), hops.isToSender(2)], [true, false])
    assert.deepEqual([hops.isFromSender(0), hops.isFromSender(1)], [true, false])
  })

  test('on one host the ports tell who is who', () => {
    const hops = begun(path('h:5070', 'h:5060'), path('h:5060', 'h:5070'), path('h:5080', 'h:5060'))
    assert.deepEqual([hops.isToSender(1), hops.isToSender(2)], [true, false])
    assert.deepEqual([hops.isFromSender(0), hops.isFromSender(2)], [true, false])
  })

  test('a hop that an answer came back on is not silent; on one host ports count', () => {
    const hops = begun(path('a:1', 'p:5060'), path('p:1', 'b:5060'), path('b:9', 'p:1'))
    hops.add(1)
    assert.deepEqual(
      [hops.silentTo(null), hops.silentTo('a'), hops.silentTo('x')],
      ['b', 'p', null],
    )
    hops.answer(2)
    assert.deepEqual([hops.silentTo(null), hops.silentTo('p')], ['p', null])
    const local = begun(path('h:1', 'h:5060'), path('h:5070', 'h:1'), path('h:5060', 'h:1'))
    local.answer(1)
    assert.equal(local.silentTo('h'), 'h')
    local.answer(2)
    assert.equal(local.silentTo('h'), null)
  })

  test('a sender that tries a second end forks, a next hop and a new connection do not', () => {
    const hops = begun(
      path('a:5060', 'p:5060'),
      path('p:5060', 'b:5060'),
      path('a:5061', 'p:5060'),
      path('a:5060', 'q:5060'),
    )
    hops.add(1)
    hops.add(2)
    assert.equal(hops.isForked, false)
    hops.add(3)
    assert.equal(hops.isForked, true)
    hops.begin(3)
    assert.equal(hops.isForked, false)
  })
})
