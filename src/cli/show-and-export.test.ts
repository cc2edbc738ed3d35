// earshot show, export, check, reindex and account, as a person runs them.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { damageBlock, framesIn } from '../query/store.fixture.ts'
import { talkingCall } from '../sound/talking-call.fixture.ts'
import {
  ANSWERED_CALL,
  assertDone,
  assertRefused,
  FAILED_CALLS,
  HIDDEN_TOPOLOGY,
  IPV6_CALL,
  jsonLine,
  jsonLines,
  type Shell,
  shell,
} from './cli.fixture.ts'

/** A store with the failed calls, and the Call-ID of one that got no answer in time. */
const CALL_ID = '105090259-446faf7a@192.168.1.2'

async function withCalls(t: TestContext): Promise<Shell> {
  const made = shell(t)
  assertDone(await made.earshot('import', FAILED_CALLS))
  return made
}

/** A little-endian pcap with all its times moved. */
function daysLater(capture: Buffer, days: number): Buffer {
  const moved = Buffer.from(capture)
  for (let at = 24; at < moved.length; at += 16 + moved.readUInt32LE(at + 8)) {
    moved.writeUInt32LE(moved.readUInt32LE(at) + days * 86_400, at)
  }
  return moved
}

describe('earshot show', () => {
  test('tells the verdict, the facts and the ladder', async (t) => {
    const { earshot } = await withCalls(t)
    const ran = await earshot('show', CALL_ID)
    assertDone(ran)
    const [verdict, facts, leg, empty, ends, first] = ran.stdout.split('\n')
    assert.match(verdict ?? '', /^816666 → 97239287044: /)
    assert.match(facts ?? '', /^2005-07-04 09:40:49\.188993 UTC, \w+, call \d{8}-[0-9a-z]+$/)
    assert.equal(leg?.startsWith(`leg 1: ${CALL_ID} (`), true)
    assert.equal(empty, '')
    assert.match(ends ?? '', /192\.168\.1\.2:5060 +200\.68\.120\.81:5060/)
    assert.match(first ?? '', /\+0\.000000 +│─+INVITE─+>│$/)
    assert.match(ran.stdout, /│<─+100 INVITE─+│/)
    assert.match(ran.stdout, /│╌+INVITE╌+>│/, 'a retransmission is dashed')
  })

  test('legs that no header ties are one call, and what they share is told', async (t) => {
    const { earshot } = shell(t)
    assertDone(await earshot('import', HIDDEN_TOPOLOGY))
    const calls = jsonLines(await earshot('calls', '--json'))
    for (const { legs } of calls) assert.ok(Array.isArray(legs) && legs.length === 2)
    assert.equal(calls.length, 3)
    const callKey = String(calls[0]?.['callKey'])
    const ran = await earshot('show', callKey)
    const hidden = /^leg 2: !!:\S+ \(completed, joined by same caller, callee, place: 1-30268@/m
    assert.match(ran.stdout, hidden)
    const { call } = jsonLine(await earshot('show', callKey, '--json'))
    const shared = ['caller', 'callee', 'place']
    assert.partialDeepStrictEqual(call, {
      joins: [{ header: null, evidence: shared, value: '1-30268@127.0.0.2' }],
    })
    assertDone(await earshot('reindex', '--join-by', 'headers'))
    assert.equal(jsonLines(await earshot('calls', '--json')).length, 6)
  })

  test('a call key does as well as a Call-ID, and JSON holds call and messages', async (t) => {
    const { earshot } = await withCalls(t)
    const ran = await earshot('show', CALL_ID, '--json')
    assertDone(ran)
    const { call, messages } = jsonLine(ran)
    assert(Array.isArray(messages) && messages.length > 3)
    const key = /"callKey":"([^"]+)"/.exec(JSON.stringify(call))?.[1] ?? ''
    assert.equal((await earshot('show', key)).stdout, (await earshot('show', CALL_ID)).stdout)
  })

  test('of a Call-ID that was used again the latest is shown, the others named', async (t) => {
    const { earshot, path } = await withCalls(t)
    writeFileSync(path('later.pcap'), daysLater(readFileSync(FAILED_CALLS), 3))
    assertDone(await earshot('import', path('later.pcap')))
    const ran = await earshot('show', CALL_ID)
    assertDone(ran)
    assert.match(ran.stdout, /^2005-07-07 09:40:49\.188993 UTC/m)
    const earlier = /^earlier with this Call-ID.*\n2005-07-04 09:40:49\.188993 {2}(\S+) /m
    const key = earlier.exec(ran.stdout)?.[1] ?? ''
    assert.match((await earshot('show', key)).stdout, /^2005-07-04 09:40:49\.188993 UTC/m)
  })

  test('a Call-ID that is not there is named, with what finds calls by less', async (t) => {
    const { earshot } = await withCalls(t)
    const ran = await earshot('show', 'nobody')
    assertRefused(ran, 1, /no call has the Call-ID nobody; "earshot calls" finds it by a number/)
  })
})

describe('earshot export', () => {
  for (const format of ['pcap', 'pcapng'] as const) {
    test(`to ${format}: the frames of the call, as they stand in the capture`, async (t) => {
      const { earshot, path } = await withCalls(t)
      const ran = await earshot('export', CALL_ID, '--out', `call.${format}`)
      assertDone(ran)
      assert.equal(ran.stdout, '')
      const wanted = framesIn(readFileSync(FAILED_CALLS)).filter(({ hex }) =>
        hex.includes(Buffer.from(CALL_ID).toString('hex')),
      )
      assert(wanted.length > 3)
      assert.deepEqual(framesIn(readFileSync(path(`call.${format}`))), wanted)
      assert.deepEqual(readdirSync(path('.')).toSorted(), [`call.${format}`, 'data'])
    })
  }

  test('with --media: the RTP of the call too, and of nothing that holds no packets', async (t) => {
    const { earshot, path } = shell(t)
    assertDone(await earshot('import', IPV6_CALL))
    const [call] = jsonLines(await earshot('calls', '--json'))
    const callKey = String(call?.['callKey'])
    assertDone(await earshot('export', callKey, '--media', '--out', 'call.pcapng'))
    const packets = jsonLines(await earshot('streams', '--json'))
      .filter(({ callId }) => callId !== null)
      .reduce((sum, stream) => sum + Number(stream['packets']), 0)
    const sip = jsonLines(await earshot('messages', '--json')).length
    assert(packets > 100)
    assert.equal(framesIn(readFileSync(path('call.pcapng'))).length, packets + sip)
    for (const out of ['call.txt', 'call.wav']) {
      const ran = await earshot('export', callKey, '--media', '--out', out)
      assertRefused(ran, 2, /--media: .* holds no packets, use \.pcap or \.pcapng/)
    }
  })

  test('to a text that a person reads', async (t) => {
    const { earshot, path } = await withCalls(t)
    assertDone(await earshot('export', CALL_ID, '--out', 'call.txt'))
    const text = readFileSync(path('call.txt'), 'latin1')
    assert.match(
      text,
      /^2005-07-04 09:40:49\.188993 udp 192\.168\.1\.2:5060 -> 200\.68\.120\.81:5060\nINVITE sip:/,
    )
  })

  test('what is damaged is left out and named, and the rest is written', async (t) => {
    const { earshot, path } = await withCalls(t)
    assertDone(await earshot('import', ANSWERED_CALL))
    const [answered] = jsonLines(await earshot('legs', '--json', '--newest'))
    const callId = String(answered?.['callId'])
    assertDone(await earshot('export', callId, '--out', 'sound.pcap'))
    const file = path('data/blocks/2005-07-04.pcapng.zst')
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0, bytes.length >> 1))
    const ran = await earshot('export', CALL_ID, callId, '--out', 'both.pcap')
    assertRefused(ran, 1, /block 1 of 2005-07-04 cannot be read: .*; what it holds/)
    assert.deepEqual(readFileSync(path('both.pcap')), readFileSync(path('sound.pcap')))
  })

  test('a sound is silent where a block is damaged, and the block is named', async (t) => {
    const { earshot, folder, path } = shell(t)
    writeFileSync(path('talk.pcapng'), talkingCall({ packets: 5_000 }).capture)
    assertDone(await earshot('import', 'talk.pcapng'))
    assertDone(await earshot('export', 'talk', '--out', 'whole.wav'))
    const heal = damageBlock(join(folder, 'data'))
    const ran = await earshot('export', 'talk', '--out', 'part.wav')
    assertRefused(ran, 1, /block 2 of 2023-11-14 cannot be read: .*; what it holds/)
    const [whole, part] = ['whole.wav', 'part.wav'].map((name) => readFileSync(path(name)))
    assert.equal(part?.length, whole?.length)
    assert.notDeepEqual(part, whole)
    heal()
    assertDone(await earshot('export', 'talk', '--out', 'part.wav'))
    assert.deepEqual(readFileSync(path('part.wav')), whole)
  })

  test('a Call-ID that is not there leaves what the file held', async (t) => {
    const { earshot, path } = await withCalls(t)
    writeFileSync(path('call.pcap'), 'older')
    const ran = await earshot('export', CALL_ID, 'nobody', '--out', 'call.pcap')
    assertRefused(ran, 1, /no call has the Call-ID nobody/)
    assert.equal(readFileSync(path('call.pcap'), 'utf8'), 'older')
  })

  test('a file that cannot be written is named, and nothing is left beside it', async (t) => {
    const { earshot, path } = await withCalls(t)
    mkdirSync(path('folder.pcap'))
    for (const out of ['folder.pcap', 'absent/call.pcap']) {
      assertRefused(
        await earshot('export', CALL_ID, '--out', out),
        1,
        new RegExp(`cannot write ${out}`),
      )
    }
    assert.deepEqual(readdirSync(path('.')).toSorted(), ['data', 'folder.pcap'])
  })
})

describe('earshot check and reindex', () => {
  test('an index made anew from the blocks tells the same', async (t) => {
    const { earshot, path } = await withCalls(t)
    assertDone(await earshot('import', ANSWERED_CALL))
    const listings = async () =>
      Promise.all(['messages', 'legs', 'calls'].map((each) => earshot(each, '--json')))
    const before = await listings()
    const again = await earshot('reindex')
    assertDone(again)
    assert.match(again.stdout, /^\d+ messages indexed from \d+ blocks\n$/)
    assert.deepEqual(await listings(), before)
    rmSync(path('data/index'), { recursive: true })
    assertRefused(
      await earshot('calls'),
      1,
      /data has blocks and no index: earshot reindex makes it/,
    )
    assertDone(await earshot('reindex', '--json'))
    assert.deepEqual(await listings(), before)
    assert.equal(jsonLine(await earshot('check', '--json'))['faultCount'], 0)
  })

  test('a changed byte is found: exit code 1, and where it is', async (t) => {
    const { earshot, path } = await withCalls(t)
    const [name] = readdirSync(path('data/blocks'))
    const file = path(`data/blocks/${name}`)
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    writeFileSync(file, bytes)
    const ran = await earshot('check')
    assert.equal(ran.code, 1)
    assert.match(ran.stdout, /block \d+ of 2005-07-04: its bytes are not those that were written/)
    assert.match(ran.stdout, /\n\d+ faults\n$/)
  })
})

describe('earshot account', () => {
  const create = ['account', 'create', '--dialect', 'own', '--id', 'ops', '--secret', 'a secret']

  test('creates, lists, changes and removes, and never prints a secret', async (t) => {
    const { earshot, path } = shell(t)
    const made = await earshot(...create, '--permission', 'view,import', '--json')
    assertDone(made)
    assert.equal(jsonLine(made)['id'], 'ops')
    assert.equal(existsSync(path('data')), true)
    assertDone(
      await earshot('account', 'set-secret', '--dialect', 'own', '--id', 'ops', '--secret', 'b'),
    )
    const listed = await earshot('account', 'list', '--json')
    assert.deepEqual(
      jsonLines(listed).map(({ id }) => id),
      ['ops'],
    )
    assert.doesNotMatch(made.stdout + listed.stdout, /a secret/)
    assertDone(await earshot('account', 'remove', '--dialect', 'own', '--id', 'ops'))
    assert.deepEqual(jsonLines(await earshot('account', 'list', '--json')), [])
  })

  test('a scope is given, changed and taken away', async (t) => {
    const { earshot } = shell(t)
    const account = ['--dialect', 'gws', '--id', 'sales']
    const scopes = ['--scope', 'user:+4420* ip:192.0.2.1', '--scope', 'trunk:carrier']
    const create = ['account', 'create', ...account, '--secret', 's', ...scopes, '--json']
    const made = await earshot(...create)
    assert.deepEqual(jsonLine(made)['scope'], ['user:+4420* ip:192.0.2.1', 'trunk:carrier'])
    const change = ['account', 'change', ...account, '--json', '--scope']
    assert.deepEqual(jsonLine(await earshot(...change, 'to:bob'))['scope'], ['to:bob'])
    assert.deepEqual(jsonLine(await earshot(...change, 'everything'))['scope'], [])
    assertRefused(await earshot(...change, 'nonsense'), 2, /nonsense/)
  })

  test('a folder that holds no accounts, or cannot, is named and left alone', async (t) => {
    const { earshot, path } = shell(t)
    writeFileSync(path('file'), '')
    for (const argv of [['list'], ['remove', '--dialect', 'own', '--id', 'ops']]) {
      const absent = await earshot('account', ...argv, '--data', 'absent')
      assertRefused(absent, 1, /absent holds no accounts yet: create one/)
    }
    const none = await earshot(...create, '--data', 'file')
    assertRefused(none, 1, /file: the data folder cannot be written/)
    assert.deepEqual(readdirSync(path('.')), ['file'])
  })

  test('a file of accounts that is none, or of a newer Earshot, is named', async (t) => {
    const { earshot, path } = shell(t)
    assertDone(await earshot(...create))
    const database = new DatabaseSync(path('data/accounts.sqlite'))
    database.exec('PRAGMA user_version = 99')
    database.close()
    const newer = await earshot('account', 'list')
    assertRefused(newer, 1, /data\/accounts\.sqlite: version 99, this Earshot knows 2/)
    writeFileSync(path('data/accounts.sqlite'), 'garbage'.repeat(100))
    const none = await earshot('account', 'list')
    assertRefused(none, 1, /data\/accounts\.sqlite: file is not a database/)
  })

  test('an account that is there already, or is not there, is refused', async (t) => {
    const { earshot } = shell(t)
    assertDone(await earshot(...create))
    assertRefused(await earshot(...create), 1, /ops/)
    const absent = ['account', 'remove', '--dialect', 'own', '--id', 'nobody']
    assertRefused(await earshot(...absent), 1, /nobody/)
  })
})
