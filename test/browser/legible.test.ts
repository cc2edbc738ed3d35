// The contrast of what is read and typed, light and dark, as WCAG 2.2 counts it (1.4.3: text 4.5 to
// 1; 1.4.11: the edge of a field 3 to 1), from the colours that the browser itself came to.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { beginWalk, logIn, openPage } from './walk.ts'
import type { Walk } from './walk.ts'

// As text, because it runs in the page. A canvas knows every way to write a colour.
const TOO_FAINT = `(() => {
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const paint = (colours) => {
    pen.fillStyle = 'white'
    pen.fillRect(0, 0, 1, 1)
    for (const colour of colours) {
      pen.fillStyle = colour
      pen.fillRect(0, 0, 1, 1)
    }
    const [red, green, blue] = Array.from(pen.getImageData(0, 0, 1, 1).data, (value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const groundsOf = (element) =>
    element === null
      ? []
      : [...groundsOf(element.parentElement), getComputedStyle(element).backgroundColor]
  const contrast = (colour, grounds) => {
    const [dark, light] = [paint(grounds), paint([...grounds, colour])].sort((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }
  const faint = []
  const expect = (least, what, colour, element) => {
    const found = contrast(colour, groundsOf(element))
    if (found < least) faint.push(what + ': ' + found.toFixed(2))
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    const text = node.textContent.trim()
    if (text === '' || element.closest('svg') || element.getClientRects().length === 0) continue
    expect(4.5, text.slice(0, 30), getComputedStyle(element).color, element)
  }
  const fields = 'input:not([type=checkbox], [type=radio]), textarea'
  for (const field of document.querySelectorAll(fields)) {
    const name = field.labels[0]?.textContent ?? field.ariaLabel
    expect(3, 'edge of ' + name, getComputedStyle(field).borderTopColor, field)
    expect(3, 'edge of ' + name, getComputedStyle(field).borderTopColor, field.parentElement)
    if (field.placeholder === '') continue
    expect(4.5, field.placeholder, getComputedStyle(field, '::placeholder').color, field)
  }
  return faint
})()`

let walk: Walk
before(async () => {
  walk = await beginWalk()
})
after(() => walk.end())

for (const colorScheme of ['light', 'dark'] as const) {
  test(`text and the edges of fields are seen on every page, ${colorScheme}`, async (t) => {
    const page = await openPage(t, walk)
    await page.emulateMedia({ colorScheme })
    await page.getByLabel('Password').waitFor()
    assert.deepEqual(await page.evaluate(TOO_FAINT), [])
    await logIn(page, walk.server)
    await page.getByRole('row').nth(1).waitFor()
    assert.deepEqual(await page.evaluate(TOO_FAINT), [])
    for (const name of ['Import', 'Arrivals', 'Inventory', 'Accounts', 'About']) {
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('heading', { level: 1 }).waitFor()
      assert.deepEqual(await page.evaluate(TOO_FAINT), [], name)
    }
  })
}
