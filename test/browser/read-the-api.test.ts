// The page that describes Earshot's own API, as a developer reads it: an operation is opened, and
// an answer of the program stands there.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { beginWalk, logIn, openPage } from './walk.ts'
import type { Walk } from './walk.ts'

let walk: Walk
before(async () => {
  walk = await beginWalk({ isEmpty: true })
})
after(() => walk.end())

test('an operation of the own API is shown with what was asked and answered', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.goto('/api/docs')
  const operation = page.locator('#operations-calls-getCalls')
  await operation.locator('.opblock-summary').click()
  const answer = operation.locator('.responses-table [data-code="200"] .example')
  await answer.first().waitFor()
  const { calls } = JSON.parse(await answer.first().innerText())
  assert.equal(calls[0].verdict, 'answered after 4 ms, lasted 17.0 s, ended by the caller')
  const row = operation.locator('[data-param-name="q"]')
  assert.match(await row.innerText(), /Example : from:alice/)
})
