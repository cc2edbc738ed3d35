// The extremes of size: a call of thousands of messages, and a screen as small as a phone's.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { limits } from '../../src/base/limits.ts'
import {
  CHAIN,
  FAILED,
  IP6,
  LONG,
  WORDY,
  writeChainCall,
  writeIp6Call,
  writeLongCall,
  writeOldCalls,
  writeWordyCall,
} from './sample-calls.ts'
import { beginWalk, importCapture, logIn, openPage } from './walk.ts'
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

test('old calls that are imported while the list is open are all in it', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.getByText(/^2 shown/).waitFor()
  const path = join(walk.folder, 'old.pcap')
  writeOldCalls(path, 250)
  await importCapture(page, path)
  await page.getByText(/^100\+ shown/).waitFor()
  const scroller = page.locator('.calls-scroll')
  const bottom = 'document.querySelector(".calls-scroll").scrollTop = 1e6'
  for (let round = 0; round < 40 && (await page.getByText(/^252 shown/).count()) === 0; round++) {
    await page.evaluate(bottom)
    await page.waitForTimeout(100)
  }
  await page.getByText(/^252 shown/).waitFor()
  await page.evaluate(bottom)
  await scroller.getByRole('row').filter({ hasText: 'old0' }).last().waitFor()
})

test('the way back from a call leads to its row, for keys too', async (t) => {
  const page = await openPage(t, walk, '/?q=404')
  await logIn(page, walk.server)
  await page.getByRole('heading', { name: 'Calls', level: 1 }).waitFor()
  await page.getByText(/^100\+ shown/).waitFor()
  await page.evaluate('document.querySelector(".calls-scroll").scrollTop = 1500')
  const row = page.getByRole('row').filter({ hasText: 'old180' })
  await row.getByRole('link').focus()
  await page.keyboard.press('Enter')
  await page.getByRole('listbox').waitFor()
  await page.goBack()
  await row.waitFor()
  await page.waitForFunction('document.activeElement.closest("tr")?.textContent.includes("old180")')
})

test('participants with long addresses are told apart, on a phone too', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  const path = join(walk.folder, 'ip6.pcap')
  writeIp6Call(path)
  await importCapture(page, path)
  await page.goto(`/?q=to:${IP6.to}`)
  await page.getByRole('row').filter({ hasText: IP6.to }).getByRole('link').click()
  const [from, at] = [IP6.from, IP6.at].map(({ address, port }) => `[${address}]:${port}`)
  const rung = page.getByRole('option', { name: /^INVITE/ })
  assert.equal(await rung.getAttribute('aria-label'), `INVITE, from ${from} to ${at}`)
  const names = page.locator('.head b')
  assert.deepEqual(await names.allTextContents(), [from, at])
  const isCut = () =>
    names.evaluateAll((all) => all.some((one) => one.scrollWidth > one.clientWidth))
  assert.equal(await isCut(), false)
  await page.setViewportSize({ width: 390, height: 800 })
  await page.locator('.delta-head').waitFor({ state: 'detached' })
  assert.equal(await isCut(), false)
})

test('a header of thousands of characters leaves the ladder its room', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  const path = join(walk.folder, 'wordy.pcap')
  writeWordyCall(path)
  await importCapture(page, path)
  await page.goto(`/?q=to:${WORDY.to}`)
  await page.getByRole('row').filter({ hasText: WORDY.to }).getByRole('link').click()
  const ladder = page.getByRole('listbox')
  await ladder.waitFor()
  const roomOf = async () => (await ladder.boundingBox())?.height ?? 0
  assert.ok((await roomOf()) > 400)
  await page.setViewportSize({ width: 1400, height: 300 })
  assert.ok((await roomOf()) >= 190)
  // All that is kept of it is there to be scrolled to; the message has the rest.
  const agent = page.locator('dd').filter({ hasText: 'Sample Phone' })
  assert.equal(((await agent.textContent()) ?? '').length, limits.headTextCharsMax)
})

test('the legs of a call of many are all seen beside each other', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  const path = join(walk.folder, 'chain.pcap')
  writeChainCall(path)
  await importCapture(page, path)
  await page.goto(`/?q=to:${CHAIN.to}`)
  await page.getByRole('row').filter({ hasText: CHAIN.to }).getByRole('link').click()
  const legs = page.getByRole('group', { name: 'Legs' })
  await legs
    .getByRole('checkbox')
    .nth(CHAIN.legs - 1)
    .waitFor()
  const isCut = () => legs.evaluate((box) => box.scrollHeight > box.clientHeight)
  assert.equal(await isCut(), false)
  await page.setViewportSize({ width: 1024, height: 768 })
  assert.equal(await isCut(), false)
})

test('a message is brought into sight where its call has more ends than the window', async (t) => {
  const page = await openPage(t, walk, `/?q=to:${CHAIN.to}`)
  await logIn(page, walk.server)
  await page.getByRole('row').filter({ hasText: CHAIN.to }).getByRole('link').click()
  const ladder = page.getByRole('listbox')
  const edges = async () => {
    const box = await ladder.boundingBox()
    const label = await page.locator('[aria-selected=true] .rung-label').boundingBox()
    assert.ok(box !== null && label !== null)
    return { left: label.x - box.x, right: box.x + box.width - label.x - label.width }
  }
  await ladder.press('End')
  await page
    .getByLabel('Raw message')
    .getByText(`Call-ID: ${CHAIN.legs - 1}-${CHAIN.callId}`)
    .waitFor()
  const { left, right } = await edges()
  assert.ok(left > 0 && right > 0, `${left} from the left, ${right} from the right`)
  await ladder.press('Home')
  await page.getByLabel('Raw message').getByText(`Call-ID: 0-${CHAIN.callId}`).waitFor()
  assert.ok((await edges()).left > 100, 'the times are seen again')
})

test('a search that is under way does not tell of none', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  const answered = Promise.withResolvers<void>()
  await page.route('**/api/v1/calls?*', async (route) => {
    await answered.promise
    await route.continue()
  })
  await page.goto('/?q=4xx')
  await page.getByText('Searching …').waitFor()
  assert.equal(await page.getByText(/shown/).count(), 0)
  answered.resolve()
  await page.getByText(/^[1-9]\d*\+? shown/).waitFor()
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
  const ports = page.locator('.head b .dim')
  const linesOfPorts = await ports.evaluateAll((all) =>
    all.map((port) => port.getClientRects().length),
  )
  assert.deepEqual(linesOfPorts, [1, 1])
  await page.getByLabel('Raw message').locator('pre').waitFor()
  assert.equal(await isTooWide(), false)
  await page.getByRole('button', { name: 'Close the message' }).click()
  await page.getByRole('link', { name: 'About' }).click()
  await page.getByRole('heading', { name: 'Store' }).waitFor()
  assert.equal(await isTooWide(), false)
})
