// A message whose sender wants it to run in the reader's browser: it must be shown, as text, with
// what it hides made visible, and run nothing.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { HOSTILE } from './sample-calls.ts'
import { beginWalk, logIn, openPage } from './walk.ts'
import type { Walk } from './walk.ts'

// As text, because it runs in the page: the name of the header and the marks in its value, in the
// order in which they stand from left to right.
const CONTACT_BY_PLACE = `(() => {
  const lines = [...document.querySelectorAll('.raw .line')]
  const line = lines.find((each) => each.textContent.startsWith('Contact'))
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT)
  const range = document.createRange()
  const found = []
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    for (const { 0: text, index } of node.textContent.matchAll(/Contact|[":<@>]/g)) {
      range.setStart(node, index)
      range.setEnd(node, index + text.length)
      found.push({ text, left: range.getBoundingClientRect().left })
    }
  }
  return found.sort((one, other) => one.left - other.left).map(({ text }) => text).join(' ')
})()`

let walk: Walk
before(async () => {
  walk = await beginWalk()
})
after(() => walk.end())

test('markup and hidden characters in a message are shown as text and run nothing', async (t) => {
  const page = await openPage(t, walk, `/?q=to:${HOSTILE.to}`)
  await logIn(page, walk.server)
  const row = page.getByRole('row').filter({ hasText: HOSTILE.to })
  await row.waitFor()
  assert.match((await row.textContent()) ?? '', /malloryU\+202Eecila/)

  await row.getByRole('link').click()
  await page.getByRole('option', { name: /^INVITE/ }).click()
  const raw = page.getByLabel('Raw message').locator('pre')
  const text = await raw.innerText()
  assert.ok(text.includes('<script>window.hacked=1</script><img src=x onerror='))
  assert.ok(text.includes('U+202Egpj.exe'))

  await page.getByRole('option', { name: /^403/ }).click()
  await page.getByRole('heading', { name: '403 <b onclick=alert(1)>Forbidden</b>' }).waitFor()
  assert.equal(await page.evaluate('window.hacked'), undefined)
  assert.equal(await page.locator('main script, main img, main b[onclick]').count(), 0)
  // Nothing on the page may turn around the text behind it.
  assert.equal(
    await page.evaluate(String.raw`/[\u202A-\u202E]/.test(document.body.innerText)`),
    false,
  )
})

test('a caller is found by the number that is asserted, and it is shown as text', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.getByRole('searchbox').fill('7788')
  await page.getByText(/^1 shown/).waitFor()
  const row = page.getByRole('row').filter({ hasText: HOSTILE.to })
  assert.match((await row.textContent()) ?? '', /mallory.*<img src=x onerror/)

  await row.getByRole('link').click()
  const fact = page.getByRole('region', { name: 'Summary of the call' }).locator('dl > div')
  const asserted = fact.filter({ hasText: 'P-Asserted-Identity' })
  const shown = HOSTILE.asserted.replace('\u202E', 'U+202E')
  assert.equal(await asserted.locator('dd').textContent(), shown)
  assert.equal(await page.evaluate('window.hacked'), undefined)
  assert.equal(await page.locator('main img').count(), 0)
})

test('a header stays in its order where a name in it is written from right to left', async (t) => {
  const page = await openPage(t, walk, `/?q=to:${HOSTILE.to}`)
  await logIn(page, walk.server)
  await page.getByRole('row').filter({ hasText: HOSTILE.to }).getByRole('link').click()
  await page.getByRole('option', { name: /^INVITE/ }).click()
  await page.locator('.raw .line').filter({ hasText: HOSTILE.contact }).waitFor()
  assert.equal(await page.evaluate(CONTACT_BY_PLACE), 'Contact : " " < : @ >')
})

test("a message's bytes are downloaded, never shown as a page of ours", async (t) => {
  const page = await openPage(t, walk, `/?q=to:${HOSTILE.to}`)
  await logIn(page, walk.server)
  await page.getByRole('row').filter({ hasText: HOSTILE.to }).getByRole('link').click()
  await page.getByRole('option', { name: /^INVITE/ }).click()
  const link = page.getByRole('link', { name: 'Raw bytes' })
  const answer = await page.request.get((await link.getAttribute('href')) ?? '')
  assert.match(answer.headers()['content-type'] ?? '', /^(message\/sip|application\/octet-stream)/)
  assert.equal(answer.headers()['x-content-type-options'], 'nosniff')
  assert.match((await answer.body()).toString(), /^INVITE sip:victim@example\.com SIP\/2\.0\r\n/)
})
