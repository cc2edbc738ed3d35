// The main job, as somebody at the screen does it: log in, find a call that failed by the last four
// digits of the number, open its ladder, read a message, take the capture away, and see that it is
// the right one.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ANSWERED, FAILED, START_US } from './sample-calls.ts'
import { beginWalk, logIn, openPage } from './walk.ts'
import type { Walk } from './walk.ts'

let walk: Walk
before(async () => {
  walk = await beginWalk()
})
after(() => walk.end())

test('a failed call is found by its last four digits, read, and downloaded whole', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)

  await page.getByRole('searchbox').fill(FAILED.to.slice(-4))
  const row = page.getByRole('row').filter({ hasText: FAILED.to })
  await page.getByText(/^1 shown/).waitFor()
  assert.match((await row.textContent()) ?? '', /486\s*busy/)

  await row.getByRole('link').click()
  await page.waitForURL('**/calls/*')
  const rungs = page.getByRole('option')
  await rungs.first().waitFor()
  const labels = await rungs.evaluateAll((found) =>
    found.map((rung) => rung.getAttribute('aria-label')?.split(',')[0]),
  )
  assert.deepEqual(labels, ['INVITE (SDP)', '100 Trying', '180 Ringing', '486 Busy Here', 'ACK'])

  await page.getByRole('option', { name: '486 Busy Here' }).click()
  const raw = page.getByLabel('Raw message').locator('pre')
  assert.match(await raw.innerText(), /^SIP\/2\.0 486 Busy Here\n/)
  assert.ok((await raw.innerText()).includes(`Call-ID: ${FAILED.callId}`))

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'pcap', exact: true }).click(),
  ])
  assert.match(download.suggestedFilename(), /\.pcap$/)
  const path = join(walk.folder, 'downloaded.pcap')
  await download.saveAs(path)
  const fields = ['-e', 'sip.Call-ID', '-e', 'frame.time_epoch']
  const rows = execFileSync('tshark', ['-r', path, '-Y', 'sip', '-T', 'fields', ...fields], {
    // As root it warns.
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
  assert.equal(rows.length, FAILED.messages)
  assert.deepEqual([...new Set(rows.map(([callId]) => callId))], [FAILED.callId])
  const firstUs = Math.round(Number(rows[0]?.[1]?.replace('.', '').slice(0, 16)))
  assert.equal(firstUs, START_US + 60_000_000)
})

test('a call without media is told apart by whether anybody answered', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  for (const [to, words] of [
    [FAILED.to, /^No RTP of this call was captured, and no answer to it\.$/],
    [ANSWERED.to, /^No RTP of this call was captured\. Capture where its media passes, /],
  ] as const) {
    await page.goto(`/?q=to:${encodeURIComponent(to)}`)
    await page.getByRole('row').filter({ hasText: to }).getByRole('link').click()
    await page.getByText('Media', { exact: true }).click()
    await page.getByText(words).waitFor()
  }
})

test('arrow keys walk through the ladder, and the address leads back to the message', async (t) => {
  const page = await openPage(t, walk, `/?q=${FAILED.to.slice(-4)}`)
  await logIn(page, walk.server)
  await page.getByRole('row').filter({ hasText: FAILED.to }).getByRole('link').click()
  await page.getByRole('listbox').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  const panel = page.getByRole('complementary', { name: 'Message' })
  await panel.getByRole('heading', { name: '100 Trying' }).waitFor()
  await panel.getByRole('button', { name: 'Previous message' }).click()
  await panel.getByRole('heading', { name: 'INVITE (SDP)' }).waitFor()
  await panel.getByRole('heading', { name: 'SDP in words' }).waitFor()

  await page.goto(page.url())
  await panel.getByRole('heading', { name: 'INVITE (SDP)' }).waitFor()
  await page.getByRole('listbox').focus()
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
})

test('the address holds the search, and an empty range says where the calls are', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.getByText('Busy', { exact: true }).click()
  await page.waitForURL('**/?state=busy')
  await page.getByText(/^1 shown/).waitFor()
  await page.getByText('15 min', { exact: true }).click()
  await page
    .getByRole('heading', { name: /^No calls that match in the last 15 minutes$/ })
    .waitFor()
  await page.getByRole('link', { name: 'Jump to the last hour that holds anything' }).click()
  await page.getByRole('row').filter({ hasText: FAILED.to }).waitFor()
  assert.match(page.url(), /range=custom&start=.*&state=busy/)
})

test('a search that finds nothing says what it was taken for', async (t) => {
  const page = await openPage(t, walk, '/?q="Sample Phone"')
  await logIn(page, walk.server)
  await page.getByRole('heading', { name: 'No calls that match at any time' }).waitFor()
  await page
    .getByText('Looked for user:"*Sample Phone*". What else messages say, as display names')
    .waitFor()
})

test('a kind that is typed shows as chosen, and another one takes its place', async (t) => {
  const page = await openPage(t, walk, '/?q=kind:registration')
  await logIn(page, walk.server)
  const kinds = page.getByRole('group', { name: 'Kind' })
  await page.getByRole('heading', { name: 'No registrations that match at any time' }).waitFor()
  assert.equal(await kinds.getByLabel('Registrations').isChecked(), true)
  await kinds.getByText('Calls', { exact: true }).click()
  await page.getByText(/^3 shown/).waitFor()
  assert.equal(await page.getByRole('searchbox').inputValue(), '')
  assert.equal(await kinds.getByLabel('Calls').isChecked(), true)
})

test('a search that is not understood is answered in words', async (t) => {
  const page = await openPage(t, walk, '/?q=colour:red')
  await logIn(page, walk.server)
  const alert = page.getByRole('alert')
  await alert.waitFor()
  assert.match((await alert.textContent()) ?? '', /colour/)
})

test('a call that is not there is said to be not there', async (t) => {
  const page = await openPage(t, walk, '/calls/no-such-call')
  await logIn(page, walk.server)
  const alert = page.getByRole('alert')
  await alert.getByRole('link', { name: 'To the call list' }).waitFor()
})
