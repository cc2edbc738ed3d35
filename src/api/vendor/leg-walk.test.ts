// Legs of which few are wanted, over a real store: how far a walk goes, and for whom.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Leg } from '../../calls/leg.ts'
import { StoreFinder } from '../../query/store-finder.ts'
import { closeStore, openStore } from '../../store/data-folder.ts'
import { DAY_US } from '../../store/recordings/recordings.fixture.ts'
import { makeInvite } from '../../store/suite-legs.ts'
import { isWantedBy } from '../http/is-wanted-by.ts'
import { walkLegs } from './leg-walk.ts'
import { vendorLimits } from './limits.ts'

const WALK = { filter: {}, order: 'oldest', limit: 10 } as const

/** A finder of three looks' legs, one a millisecond. */
async function threeLooks(t: TestContext): Promise<StoreFinder> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-walk-'))
  const store = openStore(folder, 'write')
  t.after(async () => {
    await closeStore(store)
    rmSync(folder, { recursive: true, force: true })
  })
  const count = 3 * vendorLimits.legsPerLook
  const legs = Array.from({ length: count }, (_, i) => makeInvite(`${i}`, DAY_US + i * 1_000))
  await store.index.putLegs(legs)
  return new StoreFinder(store)
}

test('a walk looks at all legs for those that are wanted', async (t) => {
  const finder = await threeLooks(t)
  const last = `${3 * vendorLimits.legsPerLook - 1}`
  const { rows, next } = await walkLegs({ finder }, { ...WALK, isWanted: isNamed(last) })
  assert.deepEqual([rows.map(({ callId }) => callId), next], [[last], null])
})

test('a walk ends when its asker has gone', async (t) => {
  const finder = await threeLooks(t)
  const socket = { destroyed: false }
  const isWaiting = isWantedBy({ socket })
  let looked = 0
  const isWanted = () => {
    looked++
    socket.destroyed = true
    return false
  }
  const { rows, next } = await walkLegs({ finder, isWaiting }, { ...WALK, isWanted })
  assert.deepEqual([rows, next], [[], null])
  assert.equal(looked, vendorLimits.legsPerLook)
})

const isNamed = (name: string) => (leg: Leg) => leg.callId === name
