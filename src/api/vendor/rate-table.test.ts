// Prices to the last digit: prefixes, dates, steps, rounding, and tables that are refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDecimal, multiplyRounded, parseDecimal } from './decimal.ts'
import { parseRates, type PricedCall, RateTable } from './rate-table.ts'

const NOV_US = Date.UTC(2026, 10, 21) * 1000

function callOf(seconds: number, change: Partial<PricedCall> = {}): PricedCall {
  const answerUs = NOV_US + 5_000_000
  return {
    to: '+442079460000',
    direction: 'outbound',
    startUs: NOV_US,
    answerUs,
    endUs: answerUs + Math.round(seconds * 1e6),
    ...change,
  }
}

function tableOf(...rows: string[]): RateTable {
  const head = 'prefix,since,currency,perMinute,minimumSeconds,stepSeconds,decimals,direction'
  return new RateTable(parseRates([head, ...rows].join('\n')))
}

function priceOf(table: RateTable, call: PricedCall): string | undefined {
  const price = table.priceOf(call)
  return price === undefined ? undefined : `${formatDecimal(price.amount)} ${price.currency}`
}

test('the longest prefix wins, and of one prefix the newest rate that is in force', () => {
  const table = tableOf(
    ',2020-01-01,USD,1,60,60,2,both',
    '44,2020-01-01,USD,2,60,60,2,both',
    '4420,2026-01-01,USD,3,60,60,2,both',
    '4420,2026-11-01,USD,4,60,60,2,both',
    '4420,2027-01-01,USD,9,60,60,2,both',
    '44207,2027-01-01,USD,9,60,60,2,both',
    '44207,2020-01-01,GBP,5,60,60,2,inbound',
  )
  assert.equal(priceOf(table, callOf(10)), '4.00 USD')
  assert.equal(priceOf(table, callOf(10, { direction: 'inbound' })), '5.00 GBP')
  assert.equal(priceOf(table, callOf(10, { to: '+44300' })), '2.00 USD')
  assert.equal(priceOf(table, callOf(10, { to: 'alice@example.com' })), '1.00 USD')
  assert.equal(priceOf(table, callOf(10, { startUs: Date.UTC(2026, 5) * 1000 })), '3.00 USD')
  assert.equal(priceOf(tableOf('49,,EUR,1,,,,'), callOf(10)), undefined)
})

test('seconds are charged by minimum and started steps', () => {
  const cases: [number, number, number, number][] = [
    [60, 60, 0.000001, 60],
    [60, 60, 60, 60],
    [60, 60, 60.000001, 120],
    [30, 6, 1, 30],
    [30, 6, 31, 36],
    [30, 6, 36.5, 42],
    [1, 1, 12.2, 13],
    [0, 1, 0, 0],
  ]
  for (const [minimum, step, seconds, billed] of cases) {
    const table = tableOf(`44,,USD,1,${minimum},${step},,`)
    assert.equal(table.billedSeconds(callOf(seconds)), billed, `${minimum}/${step} ${seconds}`)
  }
  const table = tableOf('44,,USD,0.0117,6,6,6,')
  assert.equal(table.billedSeconds(callOf(1, { to: '+1' })), 60)
  assert.equal(table.billedSeconds(callOf(1, { answerUs: null })), 0)
  assert.equal(table.billedSeconds(callOf(1, { endUs: null })), undefined)
  assert.equal(priceOf(table, callOf(13)), '0.003510 USD')
  assert.equal(priceOf(table, callOf(1, { answerUs: null })), '0.000000 USD')
  assert.equal(priceOf(table, callOf(1, { endUs: null })), undefined)
})

test('a half is rounded away from zero, and no binary fraction comes near', () => {
  const round = (amount: string, numerator: number, denominator: number, places: number) => {
    const decimal = parseDecimal(amount)
    assert.ok(decimal !== undefined)
    return formatDecimal(multiplyRounded(decimal, { numerator, denominator }, places))
  }
  assert.equal(round('0.005', 1, 1, 2), '0.01')
  assert.equal(round('-0.005', 1, 1, 2), '-0.01')
  assert.equal(round('1.005', 1, 1, 2), '1.01')
  assert.equal(round('0.1', 3, 1, 1), '0.3')
  assert.equal(round('10', 1, 3, 4), '3.3333')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 1e5 }), (cents, n) => {
      const amount = (BigInt(cents) * 10n ** 2n).toString().padStart(5, '0')
      const written = `${amount.slice(0, -4)}.${amount.slice(-4)}`
      const exact = BigInt(cents) * BigInt(n)
      assert.equal(
        round(written, n, 1, 2)
          .replace('.', '')
          .replace(/^0+(?=\d)/, ''),
        `${exact}`,
      )
    }),
    { seed: 20261121 },
  )
})

test('CSV and JSON say the same, and what is not understood names its row', () => {
  const csv = 'prefix;since;currency;perMinute\n# a note\n+44;2026-01-01;USD;0.01\n'
  const json = '[{"prefix":"+44","since":"2026-01-01","currency":"USD","perMinute":"0.01"}]'
  assert.deepEqual(parseRates(csv), parseRates(json))
  const wrong = [
    'prefix,currency,perMinute\n44,USD,dear',
    'prefix,currency,perMinute\n44,usd,1',
    'prefix,currency,perMinute\n4x4,USD,1',
    'prefix,currency,perMinute,since\n44,USD,1,2026-02-30',
    'prefix,currency,perMinute,stepSeconds\n44,USD,1,0',
    'prefix,currency,perMinute,colour\n44,USD,1,red',
    'prefix,currency,perMinute\n44,USD',
    '[1]',
    '[{"prefix":',
  ]
  for (const text of wrong) assert.throws(() => parseRates(text), /^Failure: rates/, text)
})
