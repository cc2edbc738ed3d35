// The conformance suite of a recording store: every backend passes it against its real engine.
// Takes a name and a way to open the store; registers tests.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { isFailure } from '../../base/failure.ts'
import type { RecordingFilter, RecordingStore } from './contract.ts'
import { DAY_US, makeRecording, recordingId } from './recordings.fixture.ts'
import type { Transcription } from './recording.ts'

export interface RecordingsUnderTest {
  readonly store: RecordingStore
  /** Closes the store and opens another one over what it kept. */
  readonly reopen: () => Promise<RecordingStore>
}

/** Opens an empty store; what it needs is cleaned up after the test. */
export type OpenRecordings = (t: TestContext) => Promise<RecordingsUnderTest>

export function recordingStoreSuite(name: string, open: OpenRecordings): void {
  void describe(name, () => {
    keeping(open)
    finding(open)
    deleting(open)
    working(open)
  })
}

function keeping(open: OpenRecordings): void {
  void test('a recording comes back as it was put, after closing too', async (t) => {
    const { store, reopen } = await open(t)
    const recording = makeRecording({
      participants: [
        {
          participantId: 'p1',
          role: 'caller',
          aor: 'sip:zoë@example.com',
          user: 'zoë',
          displayName: null,
        },
      ],
      events: [{ tUs: DAY_US, kind: 'started', participantId: null, by: 'rule all' }],
    })
    await store.put(recording)
    assert.deepEqual(await store.byId(recording.recordingId), recording)
    const again = await reopen()
    assert.deepEqual(await again.byId(recording.recordingId), recording)
    assert.equal(await again.byId(recordingId(99)), undefined)
  })

  void test('putting it again takes its place, with its legs', async (t) => {
    const { store } = await open(t)
    await store.put(makeRecording({ state: 'recording', endUs: null, legKeys: ['a', 'b'] }))
    await store.put(makeRecording({ legKeys: ['b', 'c'] }))
    assert.equal((await store.find({}, { limit: 10 })).rows.length, 1)
    assert.equal(await store.countOfLegs(['a']), 0)
    assert.equal((await store.ofLegs(['c', 'b']))[0]?.state, 'completed')
    assert.equal(await store.countOfLegs(['b', 'c']), 1)
  })

  void test('changes are made to what is stored, one after the other', async (t) => {
    const { store } = await open(t)
    await store.put(makeRecording())
    const id = makeRecording().recordingId
    await Promise.all(
      ['a', 'b', 'c'].map((by) =>
        store.change(id, (recording) => ({
          ...recording,
          events: [...recording.events, { tUs: 1, kind: 'paused', participantId: null, by }],
        })),
      ),
    )
    assert.equal((await store.byId(id))?.events.length, 3)
    const stop = () => {
      throw new Error('no')
    }
    await assert.rejects(store.change(id, stop), /no/)
    assert.equal((await store.byId(id))?.events.length, 3)
    await assert.rejects(
      store.change(recordingId(9), (same) => same),
      (error) => isFailure(error, 'not-found'),
    )
  })

  void test('the recording of a file is found by its name', async (t) => {
    const { store } = await open(t)
    await store.put(makeRecording({ originName: 'pbx/a.wav', source: 'folder' }))
    assert.equal((await store.ofOrigin('pbx/a.wav'))?.source, 'folder')
    assert.equal(await store.ofOrigin('pbx/b.wav'), undefined)
    assert.equal(await store.isRemovedOrigin('pbx/a.wav'), false)
    await store.remove(makeRecording().recordingId)
    assert.equal(await store.ofOrigin('pbx/a.wav'), undefined)
    assert.equal(await store.isRemovedOrigin('pbx/a.wav'), true)
    assert.equal(await store.isRemovedOrigin('pbx/b.wav'), false)
  })
}

const spoken: Transcription = {
  transcriptionId: recordingId(7),
  state: 'completed',
  transcriber: 'whisper',
  createdAtUs: DAY_US,
  completedAtUs: DAY_US,
  text: 'Good morning, the invoice is “overdue” at the café',
  segments: [],
  attempts: 1,
  error: null,
}

function finding(open: OpenRecordings): void {
  void test('every part of a filter narrows what is found', async (t) => {
    const { store } = await open(t)
    await store.put(makeRecording({ recordingId: recordingId(1), from: 'alice', rule: 'sales' }))
    await store.put(
      makeRecording({
        recordingId: recordingId(2),
        startUs: DAY_US + 1_000_000,
        endUs: null,
        state: 'recording',
        source: 'siprec',
        to: 'bob',
        legKeys: ['x'],
        transcriptions: [spoken],
        pin: { tUs: DAY_US, by: 'admin', reason: 'case 7' },
      }),
    )
    const cases: [RecordingFilter, number[]][] = [
      [{}, [2, 1]],
      [{ startUs: DAY_US + 1 }, [2]],
      [{ endUs: DAY_US + 1_000_000 }, [1]],
      [{ endedBeforeUs: DAY_US + 60_000_001 }, [1]],
      [{ endedBeforeUs: DAY_US + 60_000_000 }, []],
      [{ from: 'alice' }, [1]],
      [{ to: 'bob' }, [2]],
      [{ to: 'bo' }, []],
      [{ state: 'recording' }, [2]],
      [{ source: 'siprec', state: 'completed' }, []],
      [{ rule: 'sales' }, [1]],
      [{ isPinned: true }, [2]],
      [{ isPinned: false }, [1]],
      [{ legKeys: ['x', 'y'] }, [2]],
      [{ legKeys: [] }, []],
      [{ text: 'invoice morning' }, [2]],
      [{ text: 'INVOI' }, [2]],
      [{ text: 'cafe' }, [2]],
      [{ text: 'invoice OR nothing' }, []],
      [{ text: 'voice' }, []],
    ]
    for (const [filter, numbers] of cases) {
      const { rows, next } = await store.find(filter, { limit: 10 })
      assert.deepEqual(
        rows.map((row) => row.recordingId),
        numbers.map(recordingId),
      )
      assert.equal(next, null)
    }
    await assert.rejects(store.find({ text: '"*' }, { limit: 1 }), (error) =>
      isFailure(error, 'bad-input'),
    )
  })

  void test('pages follow each other by start, those of one instant apart', async (t) => {
    const { store } = await open(t)
    for (let i = 0; i < 11; i++) {
      const startUs = DAY_US + Math.floor(i / 3)
      await store.put(makeRecording({ recordingId: recordingId(i), startUs, legKeys: [] }))
    }
    for (const order of ['newest', 'oldest'] as const) {
      const found: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = { limit: 4, order, ...(cursor === '' ? {} : { cursor }) }
        const { rows, next } = await store.find({}, page)
        found.push(...rows.map((row) => row.recordingId))
        cursor = next
      }
      const all = Array.from({ length: 11 }, (_, i) => recordingId(i))
      assert.deepEqual(found, order === 'oldest' ? all : all.toReversed())
    }
    await assert.rejects(store.find({}, { limit: 1, cursor: 'made-up' }), (error) =>
      isFailure(error, 'bad-input'),
    )
  })
}

function deleting(open: OpenRecordings): void {
  void test('a removed recording is gone with its legs, words and jobs', async (t) => {
    const { store } = await open(t)
    await store.put(makeRecording({ transcriptions: [spoken] }))
    const id = makeRecording().recordingId
    await store.addJob({ kind: 'render', recordingId: id, dueUs: 1 })
    await store.remove(id)
    assert.equal(await store.byId(id), undefined)
    assert.equal(await store.countOfLegs(['20261121-abc']), 0)
    assert.equal(await store.takeJob('render', 10), undefined)
    assert.deepEqual((await store.find({ text: 'invoice' }, { limit: 1 })).rows, [])
    await assert.rejects(store.remove(id), (error) => isFailure(error, 'not-found'))
  })

  void test('a pinned recording is neither removed nor due', async (t) => {
    const { store } = await open(t)
    const pin = { tUs: DAY_US, by: 'admin', reason: 'case 7' }
    await store.put(makeRecording({ recordingId: recordingId(1), deleteAfterUs: 100, pin }))
    await store.put(makeRecording({ recordingId: recordingId(2), deleteAfterUs: 100 }))
    await store.put(makeRecording({ recordingId: recordingId(3), deleteAfterUs: 101 }))
    await store.put(makeRecording({ recordingId: recordingId(4) }))
    const due = await store.dueForDeletion(100, 10)
    assert.deepEqual(
      due.map((row) => row.recordingId),
      [recordingId(2)],
    )
    await assert.rejects(store.remove(recordingId(1)), (error) => isFailure(error, 'conflict'))
    await store.change(recordingId(1), (recording) => ({ ...recording, pin: null }))
    await store.remove(recordingId(1))
  })
}

function working(open: OpenRecordings): void {
  void test('a job is taken once, when it is due, the longest due first', async (t) => {
    const { store } = await open(t)
    await store.put(makeRecording({ recordingId: recordingId(1) }))
    await store.put(makeRecording({ recordingId: recordingId(2) }))
    await store.addJob({ kind: 'render', recordingId: recordingId(1), dueUs: 20 })
    await store.addJob({ kind: 'render', recordingId: recordingId(2), dueUs: 10 })
    await store.addJob({ kind: 'transcribe', recordingId: recordingId(2), subject: 't', dueUs: 5 })
    assert.equal(await store.nextJobUs('render'), 10)
    assert.equal(await store.takeJob('render', 9), undefined)
    const first = await store.takeJob('render', 30)
    assert.equal(first?.recordingId, recordingId(2))
    assert.equal(first?.attempts, 1)
    assert.equal((await store.takeJob('render', 30))?.recordingId, recordingId(1))
    assert.equal(await store.takeJob('render', 30), undefined)
    assert.equal(await store.nextJobUs('render'), undefined)
    assert.equal((await store.takeJob('transcribe', 30))?.subject, 't')
  })

  void test('a failed job comes again later, and counts its attempts', async (t) => {
    const { store } = await open(t)
    await store.put(makeRecording())
    const { recordingId: id } = makeRecording()
    await store.addJob({ kind: 'render', recordingId: id, dueUs: 0 })
    const job = await store.takeJob('render', 0)
    assert.ok(job !== undefined)
    await store.retryJob(job.jobId, 50, 'no streams yet')
    assert.equal(await store.takeJob('render', 49), undefined)
    assert.equal((await store.takeJob('render', 50))?.attempts, 2)
    await store.endJob(job.jobId, 'given-up')
    assert.equal((await store.counters()).jobsFailed, 1)
    await store.addJob({ kind: 'render', recordingId: id, dueUs: 60 })
    assert.equal((await store.takeJob('render', 60))?.attempts, 1)
    await store.endJob(job.jobId, 'done')
    assert.deepEqual(await store.counters(), {
      recordings: 1,
      mediaFiles: 0,
      mediaBytes: 0,
      jobsWaiting: 0,
      jobsFailed: 0,
    })
  })

  void test('a job that is asked for while it runs is done once more', async (t) => {
    const { store } = await open(t)
    await store.put(makeRecording())
    const { recordingId: id } = makeRecording()
    await store.addJob({ kind: 'render', recordingId: id, dueUs: 0 })
    const job = await store.takeJob('render', 0)
    await store.addJob({ kind: 'render', recordingId: id, dueUs: 5 })
    await store.endJob(job?.jobId ?? -1, 'done')
    assert.equal((await store.takeJob('render', 5))?.recordingId, id)
  })

  void test('jobs of a process that is gone are given back', async (t) => {
    const { store, reopen } = await open(t)
    await store.put(makeRecording())
    await store.addJob({ kind: 'render', recordingId: makeRecording().recordingId, dueUs: 0 })
    await store.takeJob('render', 0)
    const again = await reopen()
    assert.equal(await again.takeJob('render', 0), undefined)
    await again.releaseJobs()
    assert.equal((await again.takeJob('render', 0))?.attempts, 2)
  })

  void test('a job of no recording is refused', async (t) => {
    const { store } = await open(t)
    await assert.rejects(
      store.addJob({ kind: 'render', recordingId: recordingId(1), dueUs: 0 }),
      (error) => isFailure(error, 'not-found'),
    )
  })
}
