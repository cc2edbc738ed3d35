// What a pattern over users means: the rules that every index and every page keep.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparableUser, matchesUser, parseUserPattern } from './user-pattern.ts'

test('comparableUser: takes the marks out of phone numbers and of nothing else', () => {
  assert.equal(comparableUser('+44 (20) 7946-0958'), '+442079460958')
  assert.equal(comparableUser('020.7946.0958'), '02079460958')
  assert.equal(comparableUser('Alice-B. (home)'), 'alice-b. (home)')
  assert.equal(comparableUser('1-800-FLOWERS'), '1-800-flowers')
  assert.equal(comparableUser('44+20'), '44+20')
  assert.equal(comparableUser('%2B44 20%2D7946'), '+44207946')
  assert.equal(comparableUser(''), '')
})

const cases: readonly (readonly [pattern: string, user: string, isMeant: boolean])[] = [
  ['1001', '1001', true],
  ['1001', '10-01', false],
  ['1001', '+1001', false],
  ['Alice', 'Alice', true],
  ['alice', 'Alice', false],
  ['ali*', 'ALICE', true],
  ['*ice', 'Alice', true],
  ['*lic*', 'Alice', true],
  ['*lic', 'Alice', false],
  ['+44 20*', '+44-20-7946', true],
  ['+4420*', '44207946', false],
  ['*46-09*', '(0) 79 460 958', true],
  ['1-800*', '1-800-flowers', true],
  ['1800*', '1-800-flowers', false],
  ['1800*', '1-800-356', true],
  ['*', '', true],
  ['*', 'x', true],
  ['**', 'x', true],
  ['', '', true],
  ['', 'x', false],
  ['***', 'a*b', true],
  ['***', 'ab', false],
  ['+49301234', '%2B49301234', true],
  ['+4930*', '%2b49301234', true],
  ['*1234', '%2B4930-1234', true],
  ['jürgen', 'j%C3%BCrgen', true],
  ['j%c3%bcr*', 'jürgen', true],
  ['Jürgen', 'j%C3%BCrgen', false],
  ['100%', '100%', true],
]

for (const [pattern, user, isMeant] of cases) {
  test(`matchesUser: ${pattern} ${isMeant ? 'means' : 'does not mean'} ${user}`, () => {
    assert.equal(matchesUser(parseUserPattern(pattern), user), isMeant)
  })
}
