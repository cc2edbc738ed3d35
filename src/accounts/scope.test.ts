// What a rule of a scope means, and which rules are refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '../base/failure.ts'
import { checkScope, legRulesOf, sameScope } from './scope.ts'
import { readTrunks } from './trunk.ts'

const trunks = readTrunks(['carrier=192.0.2.0/24', 'carrier=2001:db8::/32', 'odd=', '=192.0.2.1'])

test('no rule at all is everything', () => {
  assert.equal(legRulesOf([], trunks), undefined)
})

test('the terms of a rule become the terms that the index knows', () => {
  const rules = legRulesOf(
    [
      'trunk:carrier user:+4420*',
      'ip:203.0.113.7',
      'from:+44 20..+4429'.replace(' ', ''),
      'conversation:AAAAAAAA-0000-4000-8000-00000000000A header:X-CID=a=b',
    ],
    trunks,
  )
  assert.deepEqual(rules, [
    [
      { field: 'address', networks: ['192.0.2.0/24', '2001:db8::/32'] },
      { field: 'user', pattern: '+4420*' },
    ],
    [{ field: 'address', networks: ['203.0.113.7'] }],
    [{ field: 'from', first: '+4420', last: '+4429' }],
    [
      { field: 'conversation', value: 'aaaaaaaa-0000-4000-8000-00000000000a' },
      { field: 'header', header: 'X-CID', value: 'a=b' },
    ],
  ])
})

test('a trunk that is there no more shows nothing, not everything', () => {
  assert.deepEqual(legRulesOf(['trunk:gone'], trunks), [[{ field: 'address', networks: [] }]])
})

test('what is no rule is refused with the part that is wrong', () => {
  for (const [rule, part] of [
    ['', /at least one term/],
    ['   ', /at least one term/],
    ['everybody', /"everybody"/],
    ['user:', /"user:"/],
    ['user:*', /more than stars/],
    ['constructor:x', /"constructor:x"/],
    ['user:+4420* ip:300.1.1.1', /"ip:300.1.1.1"/],
    ['ip:192.0.2.0/33', /network/],
    ['ip:carrier.example', /network/],
    ['header:X-CID', /NAME=VALUE/],
    ['header:=x', /NAME=VALUE/],
    ['user:+4429..+4420', /smaller one first/],
    ['user:+4420..+44299', /one length/],
    ['user:+4420..004429', /one length/],
    ['user:a..b', /two numbers/],
    ['user:1..2..3', /two numbers/],
    [`user:${'1'.repeat(1_000)}`, /at most 1000/],
  ] as const) {
    assert.throws(
      () => checkScope(['ip:192.0.2.1', rule]),
      (error) => isFailure(error, 'bad-input') && part.test(error.message),
      rule,
    )
  }
  assert.throws(() => checkScope(Array.from({ length: 33 }, () => 'user:a')), /at most 32/)
})

test('two scopes are the same whatever the order of their rules', () => {
  assert.ok(sameScope(['user:a', 'user:b'], ['user:b', 'user:a']))
  assert.ok(!sameScope(['user:a'], []))
  assert.ok(!sameScope(['user:a'], ['user:a', 'user:b']))
})
