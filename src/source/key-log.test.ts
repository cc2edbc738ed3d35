// A key log gives its secrets back whatever the pieces that it comes in, and while it grows.
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../base/failure.ts'
import { CaptureSecrets } from './capture-secrets.ts'
import { KeyLog } from './key-log.ts'
import { checkKeyLog, KeyLogFile } from './key-log-file.ts'

const RANDOM = 'ab'.repeat(32)
const OTHER = '01'.repeat(32)
const LINE = `CLIENT_RANDOM ${RANDOM} ${'cd'.repeat(48)}\n`

test('KeyLog: finds a secret by label and random, whatever case and pieces', () => {
  const text = `# a comment\r\n${LINE.toUpperCase()}\n\nEXPORTER_SECRET ${OTHER} 0123\n`
  fc.assert(
    fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
      const log = new KeyLog()
      const bytes = Buffer.from(text)
      let from = 0
      for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
        log.add(bytes.subarray(from, to))
        from = to
      }
      assert.equal(log.find('CLIENT_RANDOM', RANDOM)?.toString('hex'), 'cd'.repeat(48))
      assert.equal(log.find('EXPORTER_SECRET', OTHER)?.toString('hex'), '0123')
      assert.equal(log.find('CLIENT_RANDOM', OTHER), undefined)
      assert.equal(log.stats().linesIgnored, 0)
    }),
    { seed: 11 },
  )
})

test('KeyLog: counts lines that are none, and throws at no bytes', () => {
  const log = new KeyLog()
  const lines = [
    'CLIENT_RANDOM 12 34',
    `CLIENT_RANDOM ${RANDOM} 0`,
    'client_random',
    'x'.repeat(5_000),
  ]
  log.add(Buffer.from(`${lines.join('\n')}\n`))
  assert.deepEqual(log.stats(), { secrets: 0, linesIgnored: 4, turnedAway: 0 })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => log.add(bytes)),
    { seed: 2 },
  )
})

test('KeyLog: keeps the latest secrets when there are too many', () => {
  const log = new KeyLog(1)
  log.add(Buffer.from(LINE + LINE.replace(RANDOM, OTHER)))
  assert.equal(log.find('CLIENT_RANDOM', RANDOM), undefined)
  assert.ok(log.find('CLIENT_RANDOM', OTHER))
  assert.equal(log.stats().turnedAway, 1)
})

test('KeyLogFile: reads what is written later, and a file that is begun anew', () => {
  withFolder((folder) => {
    const path = join(folder, 'log')
    writeFileSync(path, LINE)
    const file = new KeyLogFile(path, true)
    const before = file.revision
    assert.ok(file.find('CLIENT_RANDOM', RANDOM))
    assert.equal(file.find('CLIENT_RANDOM', OTHER), undefined)
    const further = LINE.replace(RANDOM, OTHER)
    appendFileSync(path, further.slice(0, 30))
    assert.equal(file.find('CLIENT_RANDOM', OTHER), undefined)
    appendFileSync(path, further.slice(30))
    assert.ok(file.find('CLIENT_RANDOM', OTHER))
    assert.ok(file.revision > before)
    const third = '77'.repeat(32)
    writeFileSync(path, LINE.replace(RANDOM, third))
    assert.ok(file.find('CLIENT_RANDOM', third))
    rmSync(path)
    assert.equal(file.find('CLIENT_RANDOM', '00'.repeat(32)), undefined)
    assert.ok(file.find('CLIENT_RANDOM', third))
  })
})

test('CaptureSecrets: takes the log named, the one beside, and what the capture carries', () => {
  withFolder((folder) => {
    const [named, beside, carried] = ['11', '22', '33'].map((byte) => byte.repeat(32))
    const log = join(folder, 'named')
    writeFileSync(log, LINE.replace(RANDOM, named ?? ''))
    // The last line of a log that was copied may lack its end.
    writeFileSync(join(folder, 'a.keys'), LINE.replace(RANDOM, beside ?? '').trim())
    const secrets = new CaptureSecrets(join(folder, 'a.pcap'), log)
    secrets.add(Buffer.from(LINE.replace(RANDOM, carried ?? '')))
    for (const random of [named, beside, carried]) {
      assert.ok(secrets.find('CLIENT_RANDOM', random ?? ''))
    }
    assert.equal(secrets.revision, 3)
  })
})

test('checkKeyLog: refuses a log that is not there by its name', () => {
  assert.throws(
    () => checkKeyLog('/no/such/log'),
    (error) =>
      isFailure(error) && error.kind === 'bad-input' && /no\/such\/log/.test(error.message),
  )
  checkKeyLog(undefined)
})

function withFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-key-log-'))
  try {
    use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
