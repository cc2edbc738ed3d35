// The listing commands over a real store: their fields, their filters, and readers that leave.
import assert from 'node:assert/strict'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { udpFrame } from '../decode/frames.fixture.ts'
import { callOverMidnight, captureOf, INVITE, sip } from '../query/store.fixture.ts'
import {
  ANSWERED_CALL,
  assertDone,
  assertRefused,
  FAILED_CALLS,
  IPV6_CALL,
  jsonLines,
  run,
  type Shell,
  shell,
} from './cli.fixture.ts'

/** The fields that each listing promises; null where a value is unknown, never absent. */
const FIELDS = {
  messages: `tUs src srcPort dst dstPort transport callId method status cseq from to`,
  legs: `callId callKey kind from to src dst startUs ringUs answerUs endUs status state messages
    userAgent conversationId`,
  calls: `callKey legs from to startUs answerUs endUs durationMs status verdict mosMin recordings`,
} as const

/** A store with the example captures in it. */
async function withExamples(t: Parameters<typeof shell>[0]): Promise<Shell> {
  const made = shell(t)
  assertDone(await made.earshot('import', FAILED_CALLS, ANSWERED_CALL))
  return made
}

/** A store with one message of these bytes. */
async function withMessage(t: Parameters<typeof shell>[0], bytes: Buffer): Promise<Shell> {
  const made = shell(t)
  const frames = [{ interfaceId: 0, ticks: 1_795_255_200_000_000n, bytes: udpFrame(bytes) }]
  writeFileSync(made.path('made.pcapng'), captureOf([{ linkType: 1 }], frames))
  assertDone(await made.earshot('import', 'made.pcapng'))
  return made
}

describe('earshot listings', () => {
  for (const [command, fields] of Object.entries(FIELDS)) {
    test(`${command} --json has every field that is promised, in each line`, async (t) => {
      const { earshot } = await withExamples(t)
      const ran = await earshot(command, '--json')
      assertDone(ran)
      const lines = jsonLines(ran)
      assert(lines.length > 1)
      for (const line of lines) {
        for (const field of fields.split(/\s+/)) {
          assert(field in line && line[field] !== undefined, `${command}: ${field}`)
        }
      }
    })
  }

  test('what is counted at import is what is listed', async (t) => {
    const { earshot } = shell(t)
    const [counts] = jsonLines(await earshot('import', FAILED_CALLS, '--json'))
    for (const command of ['messages', 'legs', 'calls']) {
      const lines = jsonLines(await earshot(command, '--json'))
      assert.equal(lines.length, counts?.[command], command)
    }
  })

  test('the oldest come first, and the newest where they are asked for', async (t) => {
    const { earshot } = await withExamples(t)
    for (const command of ['calls', 'legs']) {
      const all = jsonLines(await earshot(command, '--json')).map(({ startUs }) => Number(startUs))
      assert(all.length > 2)
      assert.deepEqual(
        all,
        all.toSorted((a, b) => a - b),
      )
      const two = jsonLines(await earshot(command, '--json', '--newest', '--limit', '2'))
      assert.deepEqual(
        two.map(({ startUs }) => startUs),
        all.toReversed().slice(0, 2),
      )
    }
  })

  test('messages are in the order of time, and a response carries its method', async (t) => {
    const { earshot } = await withExamples(t)
    const lines = jsonLines(await earshot('messages', '--json'))
    const times = lines.map(({ tUs }) => Number(tUs))
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    assert(lines.some(({ status, method }) => status === 200 && method === 'INVITE'))
    assert(lines.some(({ status, method }) => status === null && method === 'ACK'))
  })

  test('messages of a day that was dropped are listed by what the index knows', async (t) => {
    const { earshot, path } = shell(t)
    writeFileSync(path('late.pcapng'), callOverMidnight('2026-11-22'))
    assertDone(await earshot('import', 'late.pcapng'))
    rmSync(path('data/blocks/2026-11-22.pcapng.zst'))
    rmSync(path('data/index/2026-11-22.sqlite'))
    const ran = await earshot('messages', '--json')
    const [invite, busy, ...others] = jsonLines(ran)
    assert.deepEqual([invite?.['method'], invite?.['from']], ['INVITE', 'alice'])
    assert.deepEqual([busy?.['status'], busy?.['from'], busy?.['to']], [486, null, null])
    assert.deepEqual(others, [])
    assertRefused(ran, 1, /block 2 is not in the store; who its messages name is not told/)
  })

  test('filters as flags and as words choose the same', async (t) => {
    const { earshot } = await withExamples(t)
    for (const [flags, words] of [
      [['--status', '4xx'], ['status:4xx']],
      [['--kind', 'registration'], ['kind:registration']],
      [['--address', '192.168.1.2'], ['192.168.1.2']],
      [
        ['--from', '816666', '--state', 'rejected'],
        ['from:816666', 'rejected'],
      ],
    ] as const) {
      const byFlags = await earshot('legs', '--json', ...flags)
      assertDone(byFlags)
      assert(jsonLines(byFlags).length > 0, flags.join(' '))
      assert.equal((await earshot('legs', '--json', ...words)).stdout, byFlags.stdout)
    }
    const [first] = jsonLines(await earshot('legs', '--json', '--limit', '1'))
    const span = [
      '--start',
      String(first?.['startUs']),
      '--end',
      String(Number(first?.['startUs']) + 1),
    ]
    assert.equal(jsonLines(await earshot('legs', '--json', ...span)).length, 1)
    assert.equal((await earshot('legs', '--json', '--call-id', 'nobody')).stdout, '')
  })

  test('a table stands aligned under its titles', async (t) => {
    const { earshot } = await withExamples(t)
    const ran = await earshot('calls')
    assertDone(ran)
    const [titles = '', ...rows] = ran.stdout.trimEnd().split('\n')
    assert.match(titles, /^start \(UTC\) +from +to +duration +legs +status +call key +verdict$/)
    const verdicts = jsonLines(await earshot('calls', '--json')).map(({ verdict }) => verdict)
    assert(verdicts.some((verdict) => String(verdict).length > 60))
    for (const [i, row] of rows.entries()) {
      assert.match(row.slice(titles.indexOf('call key')), /^\d{8}-[0-9a-z]+ /)
      assert.equal(row.slice(titles.indexOf('verdict')), verdicts[i])
    }
  })

  test('addresses of IPv6 stand in brackets before their port', async (t) => {
    const { earshot } = shell(t)
    assertDone(await earshot('import', IPV6_CALL))
    for (const command of ['messages', 'streams']) {
      const { stdout } = await earshot(command)
      assert.match(stdout, / \[fd20::1\]:\d+ +\[fd20::2\]:\d+ /, command)
      assert.doesNotMatch(stdout, / fd20::/, command)
    }
  })

  test('streams as lines of JSON have the fields that others rely on', async (t) => {
    const { earshot } = await withExamples(t)
    const streams = jsonLines(await earshot('streams', '--json'))
    assert.deepEqual(
      streams.map(({ codec, packets, lost }) => [codec, packets, lost]),
      [
        ['H261', 196, 0],
        ['PCMA', 611, 0],
      ],
    )
    const fields =
      'callId ssrc src srcPort dst dstPort payloadType codec packets lost duplicates reordered ' +
      'jitterMsMean jitterMsMax mos startUs endUs'
    for (const field of fields.split(' ')) assert(field in (streams[0] ?? {}), field)
  })

  test('streams are found by codec, by score, and by what is known of their legs', async (t) => {
    const { earshot } = await withExamples(t)
    const codecsOf = async (...flags: string[]) =>
      jsonLines(await earshot('streams', '--json', ...flags)).map(({ codec }) => codec)
    const [first] = jsonLines(await earshot('streams', '--json'))
    const callId = String(first?.['callId'])
    assert.deepEqual(await codecsOf('--codec', 'pcma'), ['PCMA'])
    assert.deepEqual(await codecsOf('--mos-below', '5'), ['PCMA'])
    assert.deepEqual(await codecsOf('--ssrc', '0x43306582'), ['H261'])
    assert.deepEqual(await codecsOf('--call-id', callId, '--codec', 'h261'), ['H261'])
    assert.deepEqual(await codecsOf('--call-id', callId, '--kind', 'call'), ['H261', 'PCMA'])
    assert.deepEqual(await codecsOf('--call-id', 'another'), [])
    assert.deepEqual(await codecsOf('--limit', '1'), ['H261'])
  })

  test('a reader that has seen enough is no failure', async (t) => {
    const { folder } = await withExamples(t)
    const launcher = `${import.meta.dirname}/../../bin/earshot`
    // Long enough that the pipe is full when the reader leaves.
    const script = `{ "$0" messages --json; "$0" messages; } | head -n 1; echo "\${PIPESTATUS[0]}"`
    const ran = await run('bash', ['-c', script, launcher], folder)
    assert.equal(ran.stderr, '')
    const lines = ran.stdout.trim().split('\n')
    assert.equal(lines.length, 2)
    assert.equal(lines[1], '0')
  })

  test('a disk without room for what is written is named', async (t) => {
    const { folder } = await withExamples(t)
    const launcher = `${import.meta.dirname}/../../bin/earshot`
    const ran = await run('bash', ['-c', '"$0" messages > /dev/full', launcher], folder)
    assertRefused(ran, 1, /cannot write what was asked for: ENOSPC/)
  })

  test('a folder that one may not read is not taken for one without a store', {
    skip: process.getuid?.() === 0 ? 'root may read everything' : false,
  }, async (t) => {
    const { earshot, path } = await withExamples(t)
    chmodSync(path('data'), 0)
    t.after(() => chmodSync(path('data'), 0o700))
    assertRefused(await earshot('legs'), 1, /data: no right to read it/)
  })

  test('a folder without a store is named', async (t) => {
    const { earshot } = shell(t)
    for (const argv of [['legs'], ['calls'], ['messages'], ['streams'], ['show', 'x'], ['check']]) {
      const ran = await earshot(...argv, '--data', 'nowhere')
      assertRefused(ran, 1, /^earshot: nowhere holds no calls yet/)
      assert.equal(ran.stdout, '')
    }
    assertRefused(await earshot('reindex', '--data', 'nowhere'), 1, /nowhere holds no calls yet/)
  })
})

describe('earshot with hostile bytes on a terminal', () => {
  const invite = sip(INVITE, 'c@test')
    .toString('latin1')
    .replace(
      '<sip:alice@a.test>',
      '"\u001b[2J\u0007" <sip:al\u001b]0;owned\u0007ice\u009b31m@a.test>',
    )
  const bytes = Buffer.from(invite.replace('ID: c@test', 'ID: c\u001b[31m@test'), 'latin1')

  for (const argv of [['legs'], ['calls'], ['messages'], ['show', 'c\u001b[31m@test']]) {
    test(`${argv[0]} prints no control character`, async (t) => {
      const { earshot } = await withMessage(t, bytes)
      const ran = await earshot(...argv)
      assertDone(ran)
      assert.match(ran.stdout, /al·/)
      assert.doesNotMatch(ran.stdout, /(?!\n)\p{Cc}/u)
    })
  }

  test('an error that repeats what was typed prints none either', async (t) => {
    const { earshot } = await withMessage(t, bytes)
    const ran = await earshot('show', 'no\u001b[31m\u0007such')
    assert.equal(ran.code, 1)
    assert.doesNotMatch(ran.stderr, /(?!\n)\p{Cc}/u)
  })

  test('JSON keeps every character, escaped', async (t) => {
    const { earshot } = await withMessage(t, bytes)
    const ran = await earshot('legs', '--json')
    assert.doesNotMatch(ran.stdout, /(?!\n)\p{Cc}/u)
    assert.equal(jsonLines(ran)[0]?.['callId'], 'c\u001b[31m@test')
  })
})
