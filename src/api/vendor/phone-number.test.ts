// Users of SIP URIs as the addresses that vendors show, and back to patterns that find them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchesUser, parseUserPattern } from '../../store/user-pattern.ts'
import { addressOf, formatNational, patternOf, phoneNumberOf } from './phone-number.ts'

test('numbers are put into international form as far as the operator told how', () => {
  const cases: [string, string | undefined, string | undefined][] = [
    ['+442079460000', undefined, '+442079460000'],
    ['+44 (20) 7946-0000', undefined, '+442079460000'],
    ['00442079460000', undefined, '+442079460000'],
    ['011442079460000', undefined, '+442079460000'],
    ['02079460000', undefined, '02079460000'],
    ['02079460000', '44', '+442079460000'],
    ['442079460000', '44', '+442079460000'],
    ['4155551234', '1', '+14155551234'],
    ['14155551234', '1', '+14155551234'],
    ['5551234', '1', '5551234'],
    ['1001', '1', undefined],
    ['alice', '1', undefined],
    ['*98', '1', undefined],
    ['123456789012345678901', '1', undefined],
  ]
  for (const [user, countryCode, number] of cases) {
    const rules = countryCode === undefined ? {} : { countryCode }
    assert.equal(phoneNumberOf(user, rules), number, `${user} ${countryCode}`)
  }
})

test('what is no number is a SIP address', () => {
  assert.deepEqual(addressOf('alice', 'example.com', {}), {
    text: 'alice@example.com',
    isNumber: false,
  })
  assert.equal(addressOf('1001', 'example.com', {}).text, '1001@example.com')
  assert.equal(addressOf(null, 'example.com', {}).text, 'example.com')
  assert.equal(addressOf('alice', null, {}).text, 'alice')
  assert.equal(addressOf(null, null, {}).text, '')
})

test('numbers of North America are written as there, others as they are', () => {
  assert.equal(formatNational('+13105678901'), '(310) 567-8901')
  assert.equal(formatNational('+442079460000'), '+442079460000')
  assert.equal(formatNational('sip:alice@example.com'), 'sip:alice@example.com')
})

test('the pattern of a shown address finds the user that it was made of', () => {
  const user = fc.oneof(
    fc.stringMatching(/^\+?\d{1,18}$/),
    fc.stringMatching(/^[a-z][a-z\d]{0,8}$/),
    fc.constantFrom('+44 20 7946-0000', '0044(20)79460000'),
  )
  const countryCode = fc.constantFrom(undefined, '1', '44')
  fc.assert(
    fc.property(user, countryCode, (written, code) => {
      const rules = code === undefined ? {} : { countryCode: code }
      const { text } = addressOf(written, 'example.com', rules)
      for (const shown of [text, `sip:${text}`]) {
        const pattern = patternOf(shown)
        assert.ok(matchesUser(parseUserPattern(pattern), written), `${written} by ${pattern}`)
      }
    }),
    { seed: 20261121 },
  )
})
