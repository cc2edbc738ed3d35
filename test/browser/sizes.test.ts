// The extremes of size: a call of thousands of messages, and a screen as small as a phone's.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FAILED, LONG, writeLongCall } from './sample-calls.ts'
import { beginWalk, logIn, openPage } from './walk.ts'
import type { Walk } from './walk.ts'

let walk: Walk
before(async () => {
  walk = await beginWalk({ write: writeLongCall })
})
after(() => walk.end())

test('a call of thousands of messages is walked through, drawn a window at a time', async (t) => {
  const page = await openPage(t, walk, `/?q=to:${LONG.to}`)
  await logIn(page, walk.server)
  await page.getByRole('row').filter({ hasText: LONG.to }).getByRole('link').click()
  const rungs = page.getByRole('option')
  await rungs.first().waitFor()
  assert.ok((await rungs.count()) < 120)
  await page.getByRole('listbox').press('End')
  const selected = page.locator('[role=option][aria-selected=true]')
  await selected.waitFor()
  assert.equal(await selected.getAttribute('aria-posinset'), String(LONG.messages))
  assert.equal(await selected.getAttribute('aria-setsize'), String(LONG.messages))
  await page
    .getByLabel('Raw message')
    .getByText(`CSeq: ${LONG.messages / 2} INFO`)
    .waitFor()
  assert.ok((await rungs.count()) < 120)
})

test('on a phone nothing is wider than the screen but the ladder itself', async (t) => {
  const page = await openPage(t, walk)
  await page.setViewportSize({ width: 390, height: 800 })
  const isTooWide = () => page.evaluate('document.documentElement.scrollWidth > innerWidth')
  await logIn(page, walk.server)
  const row = page.getByRole('row').filter({ hasText: FAILED.to })
  await row.waitFor()
  assert.equal(await isTooWide(), false)
  await row.getByRole('link').click()
  await page.getByRole('option', { name: '486 Busy Here' }).click()
  await page.getByLabel('Raw message').locator('pre').waitFor()
  assert.equal(await isTooWide(), false)
  await page.getByRole('button', { name: 'Close the message' }).click()
  await page.getByRole('link', { name: 'About' }).click()
  await page.getByRole('heading', { name: 'Store' }).waitFor()
  assert.equal(await isTooWide(), false)
})
