// What another API would answer about a call, as somebody at the screen looks it up: from the
// call's page to the vendor's JSON, with an address that leads there again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FAILED } from './sample-calls.ts'
import { beginWalk, logIn, openPage } from './walk.ts'
import type { Walk } from './walk.ts'

let walk: Walk
before(async () => {
  walk = await beginWalk()
})
after(() => walk.end())

test('a call is shown as each of four vendors would answer it', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.getByRole('searchbox').fill(FAILED.to.slice(-4))
  await page.getByText(/^1 shown/).waitFor()
  const row = page.getByRole('row').filter({ hasText: FAILED.to })
  await row.getByRole('link').click()
  await page.getByRole('link', { name: 'As other APIs' }).click()
  await page.waitForURL('**/calls/*/vendors')

  const answer = page.locator('.vendor-answer pre')
  const shown = async () => JSON.parse(await answer.first().innerText()) as Record<string, unknown>
  await answer.first().waitFor()
  const records = (await shown())['data']
  assert.ok(Array.isArray(records) && records.length === FAILED.messages)

  await page.getByText('SignalWire', { exact: true }).click()
  await page.waitForURL('**/vendors?vendor=signalwire')
  const call = await shown()
  assert.equal(call['status'], 'busy')
  assert.equal(call['sip_result_code'], '486')

  await page.reload()
  await answer.first().waitFor()
  assert.equal((await shown())['sid'], call['sid'])

  await page.getByText('Bandwidth', { exact: true }).click()
  await page.waitForURL('**/vendors?vendor=bandwidth')
  assert.equal((await shown())['state'], 'rejected')

  await page.getByText('GWS', { exact: true }).click()
  await page.getByText('This API would find nothing.').waitFor()
  await page.getByRole('link', { name: 'Back to the call' }).click()
  await page.getByRole('option').first().waitFor()
})

test('on a phone, what to ask for is broken into lines that the screen holds', async (t) => {
  const page = await openPage(t, walk)
  await page.setViewportSize({ width: 390, height: 800 })
  await logIn(page, walk.server)
  await page.getByRole('row').filter({ hasText: FAILED.to }).getByRole('link').click()
  await page.getByRole('link', { name: 'As other APIs' }).click()
  const copy = page.getByRole('button', { name: 'Copy' }).first()
  await copy.waitFor()
  const { x = 0, width = 0 } = (await copy.boundingBox()) ?? {}
  assert.ok(x + width <= 390, `the button ends at ${x + width}`)
})
