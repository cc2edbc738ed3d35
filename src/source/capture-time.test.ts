// Checks ticks against the same arithmetic done in whole numbers of any size.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { T_US_MAX, ticksToSubUsNs, ticksToUs } from './capture-time.ts'

interface Case {
  readonly name: string
  readonly ticks: bigint
  readonly resolution: number
  readonly offsetSeconds?: number
  readonly tUs: number
  readonly subUsNs?: number
}

const cases: readonly Case[] = [
  {
    name: 'microseconds are taken as they are',
    ticks: 1_782_336_874_936_653n,
    resolution: 6,
    tUs: 1_782_336_874_936_653,
  },
  {
    name: 'nanoseconds are rounded down',
    ticks: 1_782_336_874_936_653_999n,
    resolution: 9,
    tUs: 1_782_336_874_936_653,
    subUsNs: 999,
  },
  {
    name: 'milliseconds are multiplied',
    ticks: 1_782_336_874_936n,
    resolution: 3,
    tUs: 1_782_336_874_936_000,
  },
  {
    name: 'seconds are multiplied',
    ticks: 1_782_336_874n,
    resolution: 0,
    tUs: 1_782_336_874_000_000,
  },
  {
    name: 'picoseconds of a young clock are divided',
    ticks: 12_345_678_901_234n,
    resolution: 12,
    tUs: 12_345_678,
    subUsNs: 901,
  },
  {
    name: 'femtoseconds are divided',
    ticks: 12_345_678_901_234_567n,
    resolution: 15,
    tUs: 12_345_678,
    subUsNs: 901,
  },
  {
    name: 'a power of two is a fraction of a second',
    ticks: (1_782_336_874n << 20n) | 1n,
    resolution: 0x94,
    tUs: 1_782_336_874_000_000,
    subUsNs: 953,
  },
  {
    name: 'a fine power of two needs big numbers',
    ticks: (5n << 40n) | (1n << 39n),
    resolution: 0xa8,
    tUs: 5_500_000,
  },
  {
    name: 'an offset is added',
    ticks: 5_000_000n,
    resolution: 6,
    offsetSeconds: 1_700_000_000,
    tUs: 1_700_000_005_000_000,
  },
  {
    name: 'a negative offset is subtracted',
    ticks: 5_000_000n,
    resolution: 6,
    offsetSeconds: -2,
    tUs: 3_000_000,
  },
  {
    name: 'times before 1970 are filed at 1970',
    ticks: 5_000_000n,
    resolution: 6,
    offsetSeconds: -20,
    tUs: 0,
  },
  {
    name: 'times after 2255 are filed there',
    ticks: 0xffffffffffffffffn,
    resolution: 6,
    tUs: T_US_MAX,
    subUsNs: 0,
  },
]

for (const { name, ticks, resolution, offsetSeconds = 0, tUs, subUsNs } of cases) {
  test(`ticksToUs: ${name}`, () => {
    const high = Number(ticks >> 32n)
    const low = Number(ticks & 0xffffffffn)
    assert.equal(ticksToUs(high, low, resolution, offsetSeconds), tUs)
    if (subUsNs !== undefined) assert.equal(ticksToSubUsNs(high, low, resolution), subUsNs)
  })
}

test('ticksToUs: equals exact arithmetic for every resolution and time', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.integer({ min: 0, max: 255 }),
      (ticks, resolution) => {
        const perSecond =
          resolution < 128 ? 10n ** BigInt(resolution) : 2n ** BigInt(resolution - 128)
        const exactNs = (ticks * 1_000_000_000n) / perSecond
        const exactUs = exactNs / 1000n
        const high = Number(ticks >> 32n)
        const low = Number(ticks & 0xffffffffn)
        const clamped = exactUs > BigInt(T_US_MAX) ? T_US_MAX : Number(exactUs)
        assert.equal(ticksToUs(high, low, resolution, 0), clamped)
        assert.equal(
          ticksToSubUsNs(high, low, resolution),
          resolution <= 6 ? 0 : Number(exactNs % 1000n),
        )
      },
    ),
    { seed: 20_261_121, numRuns: 3000 },
  )
})
