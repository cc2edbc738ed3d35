// Calls whose stored bytes are damaged, as on a disk that fails: the index still tells of them, and
// the pages say in words what cannot be read, and why.
import { writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { damageBlock } from '../../src/query/store.fixture.ts'
import { talkingCall, type TalkingCallOptions } from '../../src/sound/talking-call.fixture.ts'
import { beginWalk, logIn, openPage } from './walk.ts'

const WHY = /block \d+ of [\d-]+ cannot be read: /
/** Of either side; the block in the middle holds nothing but them. */
const PACKETS_OF_THREE_BLOCKS = 5_000

test('a message and a sound that are lost are said to be, and why', async (t) => {
  const page = await openDamagedCall(t, { isEncrypted: true })
  await page.getByRole('option', { name: /^INVITE, bytes lost, from / }).click()
  const panel = page.getByRole('complementary', { name: 'Message' })
  await panel.getByText('UDP · its bytes are lost').waitFor()
  const alert = panel.getByRole('alert').filter({ hasText: WHY })
  await alert.getByText('This message cannot be read').waitFor()

  await page.getByText('Media', { exact: true }).click()
  const sound = page.getByRole('region', { name: 'Sound' }).filter({ hasText: WHY })
  await sound.getByText(/^Nothing to hear: .* its key is not known: /).waitFor()
})

test('a sound that is lost in its middle is heard, and said to be silent there', async (t) => {
  const page = await openDamagedCall(t, { packets: PACKETS_OF_THREE_BLOCKS })
  await page.getByRole('option', { name: /^INVITE \(SDP\), from / }).waitFor()
  await page.getByText('Media', { exact: true }).click()
  const sound = page.getByRole('region', { name: 'Sound' }).filter({ hasText: WHY })
  await sound.getByText('A part of this call cannot be read, and is silent here.').waitFor()
  await sound.locator('.waveform canvas').waitFor()
})

/** The page of a call of which the block in the middle was damaged after it was imported. */
async function openDamagedCall(t: TestContext, options: TalkingCallOptions): Promise<Page> {
  const { capture } = talkingCall(options)
  const walk = await beginWalk({ write: (path) => writeFileSync(path, capture) })
  t.after(() => walk.end())
  damageBlock(walk.server.folder)
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.getByRole('row').nth(1).getByRole('link').click()
  return page
}
