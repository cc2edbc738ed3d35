// What every walk through the pages begins with: a server with the sample calls, a browser, a page
// that remembers what went wrong in it, and logging in.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { startChromium } from './chromium.ts'
import { startEarshot } from './earshot-server.ts'
import type { EarshotServer } from './earshot-server.ts'
import { writeSampleCalls } from './sample-calls.ts'

/** A folder, a server and a browser for the tests of one file. */
export interface Walk {
  readonly folder: string
  readonly capture: string
  readonly server: EarshotServer
  readonly browser: Browser
  end(): Promise<void>
}

/** Sets a walk up. `isEmpty` leaves the capture that `write` makes out of the server. */
export async function beginWalk({
  isEmpty = false,
  write = (path: string) => writeSampleCalls(path),
} = {}): Promise<Walk> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-walk-'))
  const capture = join(folder, 'sample.pcap')
  write(capture)
  const server = await startEarshot(isEmpty ? [] : [capture])
  const browser = await startChromium()
  const end = async () => {
    await browser.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, capture, server, browser, end }
}

/** A fresh page; the test fails if a script of it does. */
export async function openPage(t: TestContext, walk: Walk, path = '/'): Promise<Page> {
  const context = await walk.browser.newContext({
    acceptDownloads: true,
    viewport: { width: 1400, height: 860 },
    baseURL: walk.server.url,
  })
  // What takes half a second may take many on a machine that does other things too.
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (line) => {
    // What the browser itself says of a refused request is no fault of the page.
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) {
      faults.push(line.text())
    }
  })
  t.after(async () => {
    await context.close()
    assert.deepEqual(faults, [])
  })
  await page.goto(path)
  return page
}

/** Imports a capture behind the back of the page that is open. */
export async function importCapture(page: Page, path: string): Promise<void> {
  const answer = await page.request.post(`/api/v1/imports?name=${basename(path)}`, {
    data: readFileSync(path),
    headers: { 'content-type': 'application/octet-stream' },
  })
  assert.equal(answer.status(), 200)
}

/** Logs in as the administrator. */
export async function logIn(page: Page, { account }: EarshotServer): Promise<void> {
  await page.getByLabel('Account').fill(account.id)
  await page.getByLabel('Password').fill(account.secret)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('button', { name: 'Log out' }).waitFor()
}
