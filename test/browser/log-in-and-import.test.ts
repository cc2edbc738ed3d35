// The first minutes with an empty server: a wrong password, the right one, a file that is no
// capture, a capture, its calls, and the way out.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ANSWERED, writeSampleCalls } from './sample-calls.ts'
import { beginWalk, importCapture, logIn, openPage } from './walk.ts'
import type { Walk } from './walk.ts'

/** LINKTYPE_USER0: whoever captured knows what it holds. */
const UNKNOWN_LINK_TYPE = 147

let walk: Walk
before(async () => {
  walk = await beginWalk({ isEmpty: true })
})
after(() => walk.end())

test('a wrong password is said to be wrong, and nothing is shown', async (t) => {
  const page = await openPage(t, walk, '/calls/some-key')
  await page.getByLabel('Account').fill(walk.server.account.id)
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Log in' }).click()
  const alert = page.getByRole('alert')
  await alert.waitFor()
  assert.equal(await alert.textContent(), 'Wrong account or password.')
  assert.match(page.url(), /\/login\?next=%2Fcalls%2Fsome-key$/)
  const answer = await page.request.get('/api/v1/calls')
  assert.equal(answer.status(), 401)
})

test('an empty server says so, and a capture given to the import page fills it', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.getByRole('heading', { name: 'Nothing has been captured yet' }).waitFor()

  await page.getByRole('link', { name: 'Import a capture' }).click()
  await page.getByLabel('Capture files').setInputFiles([
    {
      name: 'notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('these are no packets\n'.repeat(9)),
    },
    { name: 'sample.pcap', mimeType: '', buffer: readFileSync(walk.capture) },
  ])
  const [notes, sample] = [0, 1].map((index) => page.getByRole('listitem').nth(index))
  await sample?.getByText(/Read 14 frames: 14 messages in 3 legs, 3 calls/).waitFor()
  assert.match((await notes?.getByRole('alert').textContent()) ?? '', /^Not imported.*notes\.txt/)

  await page.getByRole('link', { name: 'See the calls' }).click()
  await page.getByRole('row').filter({ hasText: ANSWERED.to }).waitFor()
  assert.equal(await page.getByRole('row').count(), 4)
})

test('a capture can be dropped on the page, and adds nothing the second time', async (t) => {
  const page = await openPage(t, walk, '/import')
  await logIn(page, walk.server)
  const bytes = readFileSync(walk.capture).toString('base64')
  const dropped = await page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob('${bytes}'), (character) => character.charCodeAt(0))
    const transfer = new DataTransfer()
    transfer.items.add(new File([bytes], 'sample.pcap'))
    return transfer
  })()`)
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: dropped })
  await page.getByText('All of it was here before; nothing was added.').waitFor()
})

test('of a capture that is cut or of an unknown kind, the page says what is wrong', async (t) => {
  const page = await openPage(t, walk, '/import')
  await logIn(page, walk.server)
  const whole = readFileSync(walk.capture)
  const unknown = Buffer.from(whole)
  unknown.writeUInt32LE(UNKNOWN_LINK_TYPE, 20)
  await page.getByLabel('Capture files').setInputFiles([
    { name: 'cut.pcap', mimeType: '', buffer: whole.subarray(0, -10) },
    { name: 'unknown.pcap', mimeType: '', buffer: unknown },
  ])
  const alert = page.getByRole('alert')
  await alert.waitFor()
  assert.match((await alert.textContent()) ?? '', /^Imported in part.* where it is damaged/)
  const [cut, odd] = [0, 1].map((index) => page.locator('.imports > li').nth(index))
  await cut?.getByText('1 problem, by code').click()
  await cut?.getByText(/^source\./).waitFor()
  await odd?.getByText(/no SIP message, no RTP stream, 14 problems/).waitFor()
  await odd?.getByRole('listitem').filter({ hasText: 'decode.link-type.unknown14' }).waitFor()
})

test('a list that is open shows calls as they come, unless it is paused', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  const rows = page.getByRole('row').filter({ hasText: ANSWERED.to })
  await rows.waitFor()
  await page.getByRole('button', { name: 'Live · pause' }).click()
  const later = join(walk.folder, 'later.pcap')
  writeSampleCalls(later, { shiftUs: 3_600_000_000, suffix: '-later' })
  await importCapture(page, later)
  // Longer than a live list waits between two looks.
  await page.waitForTimeout(2500)
  assert.equal(await rows.count(), 1)
  await page.getByRole('button', { name: 'Paused · go live' }).click()
  await rows.nth(1).waitFor()
  assert.equal(await rows.count(), 2)
})

test('logging out stops what is being imported, and the next one finds no file', async (t) => {
  const page = await openPage(t, walk, '/import')
  await logIn(page, walk.server)
  // The first file stays on its way; the second must never be sent.
  const sent: string[] = []
  await page.route('**/api/v1/imports?*', (route) => {
    sent.push(new URL(route.request().url()).searchParams.get('name') ?? '')
  })
  const buffer = readFileSync(walk.capture)
  const files = ['first.pcap', 'second.pcap'].map((name) => ({ name, mimeType: '', buffer }))
  await page.getByLabel('Capture files').setInputFiles(files)
  await page.getByText('Waits for the file before it.').waitFor()
  const stopped = page.waitForEvent('requestfailed')
  await page.getByRole('button', { name: 'Log out' }).click()
  assert.match((await stopped).url(), /name=first\.pcap$/)
  await page.getByLabel('Password').waitFor()
  await logIn(page, walk.server)
  await page.getByRole('heading', { name: 'Import captures' }).waitFor()
  assert.equal(await page.getByRole('listitem').count(), 0)
  assert.deepEqual(sent, ['first.pcap'])
})

test('a session that is over leads to the login, from a file and a download too', async (t) => {
  const page = await openPage(t, walk, '/import')
  await logIn(page, walk.server)
  await importCapture(page, walk.capture)
  // The foot of the page asks now and then, and would find it out by itself.
  await page.route('**/api/v1/counters', (route) => route.abort())
  await page.context().clearCookies()
  await page.getByLabel('Capture files').setInputFiles(walk.capture)
  await page.waitForURL('**/login?next=%2Fimport')
  await logIn(page, walk.server)
  await page.getByRole('heading', { name: 'Import captures' }).waitFor()

  await page.goto(`/?q=${encodeURIComponent(ANSWERED.to)}`)
  await page.getByRole('row').filter({ hasText: ANSWERED.to }).first().getByRole('link').click()
  await page.getByRole('option').first().waitFor()
  await page.context().clearCookies()
  await page.getByRole('button', { name: 'pcap', exact: true }).click()
  await page.waitForURL('**/login?next=%2Fcalls%2F*')
  await logIn(page, walk.server)
  await page.getByRole('option').first().waitFor()
})

test('logging out ends the session', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('button', { name: 'Log in' }).waitFor()
  assert.equal((await page.request.get('/api/v1/session')).status(), 401)
  await page.goto('/')
  await page.getByRole('button', { name: 'Log in' }).waitFor()
})
