// A folder of captures as rotation makes it: each is imported once, when it is whole, also over
// renames and starts; what is no capture is named once.
import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Failure } from '../base/failure.ts'
import { FollowFolder } from './follow-folder.ts'
import { FollowedFiles } from './followed-files.ts'

interface World {
  readonly folder: string
  /** Names as they were imported, and faults as they were told. */
  readonly taken: string[]
  readonly faults: string[]
  /** Writes a file that was changed at this second. */
  readonly write: (name: string, text: string, atSeconds?: number) => void
  /** Looks twice: what is settled is taken at the second look. */
  readonly look: () => Promise<void>
  /** As a server that was stopped and started. */
  readonly restart: () => void
}

function world(t: TestContext): World {
  const root = mkdtempSync(join(tmpdir(), 'earshot-follow-'))
  const folder = join(root, 'captures')
  mkdirSync(folder)
  const taken: string[] = []
  const faults: string[] = []
  let files: FollowedFiles
  let following: FollowFolder
  const restart = (): void => {
    files?.close()
    files = new FollowedFiles(join(root, 'data'), folder)
    following = new FollowFolder({
      folder,
      files,
      importFile: async (path, name) => {
        const text = readFileSync(path, 'utf8')
        if (text.startsWith('bad')) throw new Failure('bad-input', 'no capture')
        if (text.startsWith('busy')) throw new Failure('full', 'the disk is full')
        taken.push(`${name}: ${text}`)
        return { messages: 1 }
      },
      onTaken: () => {},
      onFault: (name, fault) => faults.push(`${name}: ${fault}`),
    })
  }
  restart()
  t.after(() => {
    files.close()
    rmSync(root, { recursive: true })
  })
  return {
    folder,
    taken,
    faults,
    write: (name, text, atSeconds = 1_700_000_000) => {
      writeFileSync(join(folder, name), text)
      utimesSync(join(folder, name), atSeconds, atSeconds)
    },
    look: async () => {
      await following.look()
      await following.look()
    },
    restart,
  }
}

test('FollowFolder: takes files that have stopped growing, the oldest first', async (t) => {
  const { write, look, taken } = world(t)
  write('b.pcap', 'second', 1_700_000_002)
  write('a.pcap', 'third', 1_700_000_003)
  write('c.pcap', 'first', 1_700_000_001)
  await look()
  assert.deepEqual(taken, ['c.pcap: first', 'b.pcap: second', 'a.pcap: third'])
  await look()
  assert.equal(taken.length, 3)
})

test('FollowFolder: waits for a file that grows, and takes it again when it grew', async (t) => {
  const { folder, taken } = world(t)
  const files = new FollowedFiles(join(folder, '..', 'other'), folder)
  const following = new FollowFolder({
    folder,
    files,
    importFile: async (path) => {
      taken.push(readFileSync(path, 'utf8'))
      return { messages: 1 }
    },
    onTaken: () => {},
    onFault: () => assert.fail(),
  })
  for (const letter of 'abc') {
    appendFileSync(join(folder, 'x.pcap'), letter)
    await following.look()
  }
  assert.deepEqual(taken, [])
  await following.look()
  assert.deepEqual(taken, ['abc'])
  appendFileSync(join(folder, 'x.pcap'), 'd')
  await following.look()
  await following.look()
  assert.deepEqual(taken, ['abc', 'abcd'])
  files.close()
})

test('FollowFolder: remembers over a start what it took, by whatever name', async (t) => {
  const { folder, write, look, restart, taken } = world(t)
  write('ring', 'one')
  await look()
  restart()
  renameSync(join(folder, 'ring'), join(folder, 'ring.1'))
  write('ring', 'two', 1_700_000_009)
  await look()
  assert.deepEqual(taken, ['ring: one', 'ring: two'])
})

test('FollowFolder: names what is no capture once, and tries our own faults again', async (t) => {
  const { write, look, taken, faults } = world(t)
  write('notes.txt', 'bad')
  write('good.pcap', 'good')
  write('later.pcap', 'busy')
  await look()
  await look()
  assert.deepEqual(taken, ['good.pcap: good'])
  assert.equal(faults.filter((fault) => fault === 'notes.txt: no capture').length, 1)
  assert.ok(faults.filter((fault) => fault === 'later.pcap: the disk is full').length > 1)
  write('later.pcap', 'fine')
  await look()
  assert.equal(taken.at(-1), 'later.pcap: fine')
})

test('FollowFolder: leaves unfinished, hidden and empty files and folders alone', async (t) => {
  const { folder, write, look, taken, faults } = world(t)
  for (const name of ['a.pcap.tmp', 'b.part', '.hidden', 'c~']) write(name, 'good')
  write('empty.pcap', '')
  mkdirSync(join(folder, 'inner'))
  await look()
  assert.deepEqual([taken, faults], [[], []])
})

test('FollowFolder: says once that the folder is away, and goes on when it is back', async (t) => {
  const { folder, write, look, taken, faults } = world(t)
  rmSync(folder, { recursive: true })
  await look()
  assert.equal(faults.length, 1)
  mkdirSync(folder)
  write('a', 'one')
  await look()
  assert.deepEqual(taken, ['a: one'])
})
