// An administrator makes an account that sees a part of the traffic, and it sees that part; the
// inventory shows a site, and its reboot.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ANSWERED } from './sample-calls.ts'
import { beginWalk, logIn, openPage } from './walk.ts'
import type { Walk } from './walk.ts'

let walk: Walk
before(async () => {
  walk = await beginWalk()
})
after(() => walk.end())

test('an account is made with a scope on the page, and then sees that part alone', async (t) => {
  const page = await openPage(t, walk, '/accounts')
  await logIn(page, walk.server)
  const form = page.getByRole('form', { name: 'New account' })
  await form.getByRole('textbox', { name: 'Id' }).fill('tenant')
  await form.getByLabel('Secret').fill('a secret')
  await form.getByLabel(/^Sees/).fill('nonsense')
  await form.getByRole('button', { name: 'Make the account' }).click()
  await form
    .getByRole('alert')
    .getByText(/"nonsense"/)
    .waitFor()
  await form.getByLabel(/^Sees/).fill(`to:${ANSWERED.to}`)
  await form.getByRole('button', { name: 'Make the account' }).click()
  const row = page.getByRole('row').filter({ hasText: 'tenant' })
  await row.getByText(`to:${ANSWERED.to}`).waitFor()

  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByLabel('Password').waitFor()
  await logIn(page, { ...walk.server, account: { id: 'tenant', secret: 'a secret' } })
  await page.goto('/')
  await page.getByRole('row').filter({ hasText: ANSWERED.to }).waitFor()
  assert.equal(await page.getByRole('row').count(), 2)
  await page.getByText('This account sees a part of the traffic.').waitFor()
  assert.equal(await page.getByRole('link', { name: 'Accounts' }).count(), 0)
})

test('a scope is changed and an account removed', async (t) => {
  const page = await openPage(t, walk, '/accounts')
  await logIn(page, walk.server)
  const made = { dialect: 'gws', id: 'operator', secret: 's', scope: ['user:1*'] }
  await page.request.post('/api/v1/accounts', { data: made })
  await page.reload()
  const row = page.getByRole('row').filter({ hasText: 'operator' })
  await row.getByRole('button', { name: 'Change' }).click()
  const field = page.getByRole('cell').getByLabel(/^Sees/)
  assert.equal(await field.inputValue(), 'user:1*')
  await field.fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await row.getByText('everything').waitFor()
  await row.getByRole('button', { name: 'Remove' }).click()
  await row.waitFor({ state: 'detached' })
})

test('a site of the inventory is shown, and its reboot', async (t) => {
  const page = await openPage(t, walk, '/inventory')
  await logIn(page, walk.server)
  await page.request.put('/api/v1/inventory/sites/s', { data: { name: 'London' } })
  const phone = { name: 'Reception', siteId: 's', contact: 'sip:1@127.0.0.1:9' }
  await page.request.put('/api/v1/inventory/phones/p', { data: phone })
  await page.reload()
  const site = page.getByRole('row').filter({ hasText: 'London' }).first()
  await site.getByRole('button', { name: 'Reboot' }).click()
  await page.getByText(/^London, .*pending/).waitFor()
  await page.getByRole('row', { name: /Reception phone waiting/ }).waitFor()
})
