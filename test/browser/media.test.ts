// A call with media, as somebody at the screen listens to it: its streams are what tshark counts,
// its sound plays, and a recording of it can be kept.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { beginWalk, importCapture, logIn, openPage } from './walk.ts'
import type { Walk } from './walk.ts'

const CAPTURE = join(import.meta.dirname, '../captures/gen__baresip-srtp')
const OPTIONS = join(import.meta.dirname, '../captures/suricata__sip-options-method-input.pcap')

// As text, because it runs in the page.
const IS_DRAWN = `(() => {
  const canvas = document.querySelector('.waveform canvas')
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
  return data.some((value) => value > 0)
})()`
const PLAY_A_LITTLE = `(async () => {
  const audio = document.querySelector('audio')
  audio.muted = true
  const moved = new Promise((resolve) => {
    audio.addEventListener('timeupdate', () => audio.currentTime > 0 && resolve())
  })
  await audio.play()
  await moved
  audio.pause()
  return audio.currentTime
})()`

let walk: Walk
before(async () => {
  walk = await beginWalk({ write: (path) => copyFileSync(`${CAPTURE}.pcap`, path) })
})
after(() => walk.end())

test('a call is heard, its streams are measured, and its sound is kept', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.getByRole('row').nth(1).getByRole('link').click()
  await page.getByText('Media', { exact: true }).click()
  await page.waitForURL('**view=media')

  const [truth] = streamsByTshark()
  const row = page.getByLabel('Streams').getByRole('row').nth(1)
  await row.waitFor()
  const cells = await row.getByRole('cell').allTextContents()
  assert.ok(truth !== undefined && cells.includes(String(truth.packets)), cells.join(' | '))
  assert.match(cells[2] ?? '', /opus 48 kHz/)
  await page.getByLabel('The chosen stream').getByText('Between packets').waitFor()

  await page.locator('.stream-chart .u-over').hover()
  await page
    .locator('.stream-chart')
    .getByText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/)
    .waitFor()

  const drawn = page.locator('.waveform canvas')
  await drawn.waitFor()
  await page.waitForFunction(IS_DRAWN)
  const playedSeconds: unknown = await page.evaluate(PLAY_A_LITTLE)
  assert.ok(Number(playedSeconds) > 0)

  await page.getByRole('button', { name: 'Keep the sound of this call' }).click()
  const recordings = page.getByLabel('Recordings')
  await recordings.getByText(/^completed/).waitFor()
  await recordings.getByRole('link', { name: /^WAV/ }).waitFor()
})

test('what is downloaded with its media has every packet of it', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await page.getByRole('row').nth(1).getByRole('link').click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'pcap with media' }).click(),
  ])
  const path = join(walk.folder, 'with-media.pcap')
  await download.saveAs(path)
  // Its port is assigned to another protocol.
  const asSip = ['-d', 'udp.port==5072,sip']
  const counted = (filter: string) =>
    execFileSync('tshark', ['-r', path, ...asSip, '-Y', filter], {
      // As root it warns.
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .toString()
      .split('\n').length - 1
  const packets = streamsByTshark().reduce((sum, stream) => sum + stream.packets, 0)
  assert.ok(packets > 0)
  assert.equal(counted('rtp'), packets)
  // With what came before and after the sound; an ICMP error with one more is no media.
  assert.equal(counted('rtcp'), 10)
  assert.equal(counted('sip'), 6)
})

test('what is no call is said to have no media', async (t) => {
  const page = await openPage(t, walk)
  await logIn(page, walk.server)
  await importCapture(page, OPTIONS)
  await page.goto('/?kind=options')
  await page.getByRole('row').nth(1).getByRole('link').click()
  await page.getByText('Media', { exact: true }).click()
  await page.getByText('This is no call, and has no media.').waitFor()
})

interface CountedStream {
  readonly packets: number
}

function streamsByTshark(): readonly CountedStream[] {
  const truth: { rtp_streams?: readonly CountedStream[] } = JSON.parse(
    readFileSync(`${CAPTURE}.truth.json`, 'utf8'),
  )
  return truth.rtp_streams ?? []
}
