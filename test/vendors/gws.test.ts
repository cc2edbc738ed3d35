// GWS has no client but curl, so curl asks a running Earshot, as the vendor's page does: a recorded
// call is searched for, shown and played.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { examplePath, makeDataFolder, runEarshot, serveEarshot } from './earshot-process.ts'

const isMissing = spawnSync('curl', ['--version']).error !== undefined
const needsCurl = { skip: isMissing && 'curl is not installed' }

interface Listed {
  readonly statusCode: number
  readonly recordings: readonly {
    readonly id: string
    readonly callerPhoneNumber: string
    readonly mediaFiles: readonly { readonly mediaUri: string }[]
  }[]
}

test('curl searches, shows and plays a recording of a running Earshot', needsCurl, async (t) => {
  const dataFolder = makeDataFolder(t)
  const rules = join(makeDataFolder(t), 'rules.json')
  writeFileSync(rules, JSON.stringify({ rules: [{ name: 'all' }] }))
  const text = 'account create --dialect gws --id admin@genesys --secret pw --json'
  runEarshot([...text.split(' '), '--data', dataFolder])
  const { port } = await serveEarshot(t, {
    dataFolder,
    files: [examplePath('real-answered-call.pcap')],
    flags: ['--recording-rules', rules, '--hep', '0'],
  })
  const base = `http://127.0.0.1:${port}`
  const curl = (...args: string[]): Buffer => execFileSync('curl', ['-s', ...args])
  const asAdmin = (...args: string[]) => curl('-u', 'admin@genesys:pw', ...args)
  const ask = <Body>(path: string): Body => JSON.parse(asAdmin(`${base}${path}`).toString())

  assert.equal(ask<{ statusCode: number }>('/api/v2/recordings').statusCode, 1)
  assert.equal(JSON.parse(curl(`${base}/api/v2/recordings?startTime=0`).toString()).statusCode, 20)
  // As the vendor's page writes it.
  let listed = ask<Listed>('/recordings/recordings?startTime=0')
  while (listed.recordings.length === 0) {
    await sleep(50)
    listed = ask<Listed>('/recordings/recordings?startTime=0')
  }
  const [recording] = listed.recordings
  assert.ok(recording !== undefined)
  const shown = ask<{ statusCode: number; recording: unknown }>(
    `/api/v2/recordings/${recording.id}`,
  )
  assert.deepEqual(shown, { statusCode: 0, recording })
  const pattern = `${recording.callerPhoneNumber.slice(0, 3)}*`
  const found = asAdmin(
    '-G',
    `${base}/cloud-web/api/v2/recordings`,
    '--data-urlencode',
    `callerPhoneNumber=${pattern}`,
  )
  assert.deepEqual(JSON.parse(found.toString()), listed)

  const uri = recording.mediaFiles[0]?.mediaUri.replace(/mp3$/, 'wav') ?? ''
  assert.ok(uri.startsWith(`${base}/api/v2/recordings/${recording.id}/play/`))
  const sound = asAdmin(uri)
  assert.equal(sound.toString('latin1', 0, 4), 'RIFF')
  assert.deepEqual(asAdmin('-r', '8-11', uri), Buffer.from('WAVE'))
})
