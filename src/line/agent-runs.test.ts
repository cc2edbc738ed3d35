// What an agent sends twice is taken once, it hears of nothing as stored that is not, and after the
// store lost something it is made to send it again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../base/limits.ts'
import { readStoredNotice, writeStoredNotice } from '../decode/hep/stored-notice.ts'
import { type AgentConnection, AgentRuns } from './agent-runs.ts'

const RUN = '0011223344556677'

class Connection implements AgentConnection {
  readonly told: number[] = []
  isEnded = false

  send(bytes: Buffer): void {
    const notice = readStoredNotice(bytes, 0, bytes.length)
    assert.equal(notice?.run, RUN)
    this.told.push(notice.before)
  }

  end(): void {
    this.isEnded = true
  }
}

/** Runs over a store that answers when the test says so. */
function world(): {
  runs: AgentRuns
  answer: (isStored: boolean) => void
  take: (sequence: number, connection: AgentConnection) => boolean
} {
  const waiting: ((isStored: boolean) => void)[] = []
  const runs = new AgentRuns({
    whenStored: (done) => waiting.push(done),
    notice: (run, before) => writeStoredNotice({ run, before }),
  })
  return {
    runs,
    answer: (isStored) => {
      for (const done of waiting.splice(0)) done(isStored)
    },
    take: (sequence, connection) => {
      const isAdmitted = runs.admits(RUN, sequence, connection)
      if (isAdmitted) runs.taken(RUN, sequence)
      return isAdmitted
    },
  }
}

test('AgentRuns: tells what is stored, and nothing before it is', () => {
  const { answer, take } = world()
  const connection = new Connection()
  for (const n of [0, 1, 2]) assert.ok(take(n, connection))
  // At once: how far the run is stored, which is not at all.
  assert.deepEqual(connection.told, [0])
  answer(true)
  assert.equal(connection.told.at(-1), 1)
  answer(true)
  assert.equal(connection.told.at(-1), 3)
  answer(true)
  assert.equal(connection.told.length, 3)
})

test('AgentRuns: takes what is sent again once, and tells the new connection how far it is', () => {
  const { runs, answer, take } = world()
  const before = new Connection()
  for (const n of [0, 1, 2]) take(n, before)
  answer(true)
  const after = new Connection()
  assert.deepEqual(
    [1, 2, 3].map((n) => take(n, after)),
    [false, false, true],
  )
  assert.deepEqual(after.told, [1])
  assert.equal(runs.repeated, 2)
})

test('AgentRuns: what the store lost has to come again', () => {
  const { answer, take } = world()
  const connection = new Connection()
  take(0, connection)
  answer(true)
  take(1, connection)
  answer(false)
  assert.ok(connection.isEnded)
  const after = new Connection()
  assert.ok(take(1, after))
  answer(true)
  assert.equal(after.told.at(-1), 2)
})

test('AgentRuns: a server that was started anew goes on where the agent does', () => {
  const { answer, take } = world()
  const connection = new Connection()
  assert.ok(take(70, connection))
  assert.deepEqual(connection.told, [70])
  answer(true)
  assert.equal(connection.told.at(-1), 71)
})

test('AgentRuns: remembers a bounded number of runs', () => {
  const runs = new AgentRuns({ whenStored: () => {}, notice: () => Buffer.alloc(0) })
  const connection = { send: () => {}, end: () => {} }
  for (let i = 0; i <= limits.agentRunsMax; i++) {
    const run = i.toString(16).padStart(16, '0')
    assert.ok(runs.admits(run, 5, connection))
    runs.taken(run, 5)
  }
  // The first is forgotten, the last is not.
  assert.ok(runs.admits('0'.repeat(16), 5, connection))
  assert.equal(
    runs.admits(limits.agentRunsMax.toString(16).padStart(16, '0'), 5, connection),
    false,
  )
})

test('readStoredNotice: reads what was written, and no other packet', () => {
  const notice = { run: RUN, before: 2 ** 40 + 7 }
  const bytes = writeStoredNotice(notice)
  assert.deepEqual(readStoredNotice(bytes, 0, bytes.length), notice)
  for (let end = 0; end < bytes.length; end++)
    assert.equal(readStoredNotice(bytes, 0, end), undefined)
  const other = Buffer.from(bytes)
  other.writeUInt16BE(0, 6)
  assert.equal(readStoredNotice(other, 0, other.length), undefined)
})

test('AgentRuns: an agent that goes on sending is not forgotten for new ones', () => {
  const { runs, take } = world()
  const connection = new Connection()
  const others: AgentConnection = { send: () => {}, end: () => {} }
  for (let n = 0; n < 10; n++) {
    assert.ok(take(n, connection))
    for (let i = 0; i < limits.agentRunsMax / 4; i++) {
      assert.ok(runs.admits(`${n} ${i}`, 0, others))
    }
  }
  // The store has not answered yet.
  assert.deepEqual(connection.told, [0])
})
