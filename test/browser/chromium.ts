// Finds the Chromium of the machine and starts it without its habit of calling home. Every browser
// test takes its browser from here.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** A start takes a second; a machine under load may take many more. */
const START_MS_MAX = 120_000
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts a browser without a window. @throws where the machine has none */
export function startChromium(): Promise<Browser> {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(':')]
  const executablePath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(
    (path) => existsSync(path),
  )
  if (executablePath === undefined) {
    throw new Error(`the browser tests need one of ${NAMES.join(', ')}; apt-get install chromium`)
  }
  return chromium.launch({ executablePath, args: ARGUMENTS, timeout: START_MS_MAX })
}
