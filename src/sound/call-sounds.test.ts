// Sound that a server makes of stored calls, in its thread, for several who ask, and kept in
// bounds.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { floatsOf } from '../audio/ffmpeg.fixture.ts'
import { likeness } from '../audio/captured-rtp.fixture.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { DAY_US, dayOf } from '../base/day.ts'
import { isFailure } from '../base/failure.ts'
import type { Call } from '../calls/leg.ts'
import { damageBlock, importedStore } from '../query/store.fixture.ts'
import { dtlsHandshake, withoutOpenssl } from '../rtp/srtp/dtls.fixture.ts'
import { noOpenFiles, openFiles } from '../store/open-files.fixture.ts'
import type { CallFindings } from './call-findings.ts'
import { CallSounds } from './call-sounds.ts'
import { KeptFiles } from './kept-files.ts'
import { talkingCall } from './talking-call.fixture.ts'

async function soundsOf(
  t: TestContext,
  capture: Buffer,
  more: { keptBytesMax?: number; keyLog?: Buffer; clock?: Clock } = {},
) {
  const { finder, store, folder } = await importedStore(t, capture)
  const { keptBytesMax, keyLog } = more
  const keyLogFile = keyLog === undefined ? undefined : join(folder, 'key.log')
  if (keyLogFile !== undefined) writeFileSync(keyLogFile, keyLog ?? '')
  const { clock = systemClock } = more
  const sounds = new CallSounds({ dataFolder: folder, keyLogFile }, clock, keptBytesMax)
  t.after(() => sounds.close())
  const call: Call | undefined = (await finder.findCalls({}, { limit: 1 })).rows[0]
  assert.ok(call)
  return { finder, store, folder, sounds, call }
}

const WAV = { kind: 'sound', format: 'wav', layout: 'stereo' } as const

/** Of either side; the second block holds nothing but them. */
const PACKETS_OF_THREE_BLOCKS = 5_000

suite('sound of stored calls', { concurrency: 2 }, () => {
  test('a call is heard as its two sides said it', async (t) => {
    const { capture, caller, callee } = talkingCall()
    const { finder, sounds, call } = await soundsOf(t, capture)
    const wav = readFileSync(await sounds.file(finder, call, WAV))
    assert.equal(wav.readUInt16LE(22), 2)
    assert.equal(wav.readUInt32LE(24), 8_000)
    const heard = floatsOf(wav.subarray(44))
    for (const [i, said] of [caller, callee].entries()) {
      const side = heard.filter((_, at) => at % 2 === i)
      assert.ok(Math.abs(side.length - said.length) <= 160)
      assert.ok(likeness(said, side, 4).correlation > 0.99)
    }
  })

  for (const [what, options] of [
    ['sends on under other SSRCs', { relay: 'has-others' }],
    ['opened', { relay: 'keeps-ssrcs', isEncrypted: true, hasKey: false }],
  ] as const) {
    test(`what a relay ${what} is heard once, and in the clear`, async (t) => {
      const { capture, caller, callee } = talkingCall(options)
      const { finder, sounds, call } = await soundsOf(t, capture)
      assert.equal((await finder.streamsOf(call.legs)).length, 4)
      const heard = floatsOf(readFileSync(await sounds.file(finder, call, WAV)).subarray(44))
      for (const [i, said] of [caller, callee].entries()) {
        const side = heard.filter((_, at) => at % 2 === i)
        // Either copy may be heard: the second one comes 5 ms later.
        assert.ok(likeness(said, side, 44).correlation > 0.99)
      }
    })
  }

  test('legs that follow one another are heard so, and those of one time once', async (t) => {
    const first = talkingCall({ packets: 100 })
    for (const [afterUs, seconds] of [
      [4_000_000, 6],
      [100_000, 2],
    ] as const) {
      const second = talkingCall({ packets: 100, follows: { callId: 'next', afterUs } })
      const both = Buffer.concat([first.capture, second.capture])
      const { finder, sounds, call } = await soundsOf(t, both)
      assert.equal(call.legs.length, 2)
      const heard = floatsOf(readFileSync(await sounds.file(finder, call, WAV)).subarray(44))
      const left = heard.filter((_, at) => at % 2 === 0)
      assert.ok(Math.abs(left.length - seconds * 8_000) <= 480, `${left.length} samples`)
      for (const from of seconds === 6 ? [0, 32_000] : [0]) {
        const piece = left.subarray(from, from + first.caller.length)
        assert.ok(likeness(first.caller, piece, 4).correlation > 0.99)
      }
    }
  })

  test('a side whose port changes in the middle is heard before and after', async (t) => {
    const { capture, caller, callee } = talkingCall({ movesAt: 60 })
    const { finder, sounds, call } = await soundsOf(t, capture)
    const heard = floatsOf(readFileSync(await sounds.file(finder, call, WAV)).subarray(44))
    for (const [i, said] of [caller, callee].entries()) {
      const side = heard.filter((_, at) => at % 2 === i)
      assert.ok(Math.abs(side.length - said.length) <= 160)
      assert.ok(likeness(said, side, 4).correlation > 0.99)
    }
  })

  test('those who ask for the same at once get one file, made once', async (t) => {
    const { finder, folder, sounds, call } = await soundsOf(t, talkingCall().capture)
    const paths = await Promise.all([1, 2, 3].map(() => sounds.file(finder, call, WAV)))
    assert.equal(new Set(paths).size, 1)
    assert.equal(await sounds.file(finder, call, WAV), paths[0])
    assert.equal(sounds.counters()['soundsMade'], 1)
    const other = await sounds.file(finder, call, { ...WAV, layout: 'mixed', format: 'mp3' })
    assert.notEqual(other, paths[0])
    assert.deepEqual(readdirSync(join(folder, 'sound-made')).length, 2)
  })

  test('what was made of a day that is gone goes too, but for what is being made', async (t) => {
    const { finder, folder, sounds, call } = await soundsOf(t, talkingCall().capture)
    const made = () => readdirSync(join(folder, 'sound-made'))
    await sounds.file(finder, call, WAV)
    await sounds.keepOnly([dayOf(call.startUs)])
    assert.equal(made().length, 1)
    const making = sounds.file(finder, call, { kind: 'peaks' })
    await sounds.keepOnly([dayOf(call.startUs + DAY_US)])
    assert.ok(existsSync(await making))
    assert.equal(made().length, 1)
    await sounds.keepOnly([])
    assert.deepEqual(made(), [])
  })

  test('the thread that makes it holds no file of a day that is dropped', {
    skip: noOpenFiles,
  }, async (t) => {
    const { finder, store, folder, sounds, call } = await soundsOf(t, talkingCall().capture)
    await sounds.file(finder, call, WAV)
    await store.index.drop(dayOf(call.startUs))
    await store.blocks.drop(dayOf(call.startUs))
    assert.deepEqual(
      openFiles(folder).filter((path) => path.endsWith(' (deleted)')),
      [],
    )
  })

  test('findings, outline and picture are made of the same packets', async (t) => {
    const { finder, sounds, call } = await soundsOf(t, talkingCall().capture)
    const found = JSON.parse(
      readFileSync(await sounds.file(finder, call, { kind: 'findings' }), 'utf8'),
    ) as CallFindings
    assert.equal(found.unheard, null)
    assert.deepEqual(
      found.findings.filter(({ kind }) => kind === 'dtmf').map(({ digit, side }) => [digit, side]),
      [['7', 'caller']],
    )
    const peaks = readFileSync(await sounds.file(finder, call, { kind: 'peaks' }))
    assert.equal(peaks.subarray(0, 4).toString(), 'EPK1')
    const picture = await sounds.file(finder, call, { kind: 'spectrogram', layout: 'mixed' })
    assert.equal(readFileSync(picture).subarray(1, 4).toString(), 'PNG')
  })

  test('a digit that a phone sends as an event and by INFO is one digit', async (t) => {
    const { capture } = talkingCall({ infosUs: [60_000, 2_000_000] })
    const { finder, sounds, call } = await soundsOf(t, capture)
    const file = await sounds.file(finder, call, { kind: 'findings' })
    const { findings } = JSON.parse(readFileSync(file, 'utf8')) as CallFindings
    const digits = findings.filter(({ kind }) => kind === 'dtmf')
    assert.deepEqual(
      digits.map(({ digit, source }) => [digit, source]),
      [
        ['7', 'event'],
        ['7', 'info'],
      ],
    )
  })

  test('SRTP is heard with the key of its description, and refused without one', async (t) => {
    const { capture, caller } = talkingCall({ isEncrypted: true })
    const { finder, sounds, call } = await soundsOf(t, capture)
    const wish = { ...WAV, layout: 'caller' } as const
    const heard = floatsOf(readFileSync(await sounds.file(finder, call, wish)).subarray(44))
    assert.ok(likeness(caller, heard, 4).correlation > 0.99)
    const locked = await soundsOf(t, talkingCall({ isEncrypted: true, hasKey: false }).capture)
    await assert.rejects(locked.sounds.file(locked.finder, locked.call, WAV), (error) => {
      assert.ok(isFailure(error, 'conflict'), String(error))
      assert.match(error.message, /encrypted/)
      return true
    })
    assert.equal(locked.sounds.counters()['soundsFailed'], 1)
    const lost = await soundsOf(t, capture)
    damageBlock(lost.folder)
    await assert.rejects(lost.sounds.file(lost.finder, lost.call, WAV), isForLostKey)
  })

  test('SRTP with keys by DTLS is heard where a key log tells the secret of its handshake', {
    skip: withoutOpenssl,
  }, async (t) => {
    const seen = await dtlsHandshake(t, 'SRTP_AES128_CM_SHA1_80', 60)
    const block = Buffer.from(seen.exported, 'hex')
    const part = (start: number, end: number) => block.subarray(start, end)
    const client = Buffer.concat([part(0, 16), part(32, 46)])
    const server = Buffer.concat([part(16, 32), part(46, 60)])
    const dtls = { keys: [client, server], datagrams: seen.datagrams } as const
    const { capture, caller, callee } = talkingCall({ dtls })
    const { finder, sounds, call } = await soundsOf(t, capture, { keyLog: seen.keyLog })
    const heard = floatsOf(readFileSync(await sounds.file(finder, call, WAV)).subarray(44))
    for (const [i, said] of [caller, callee].entries()) {
      const side = heard.filter((_, at) => at % 2 === i)
      assert.ok(likeness(said, side, 4).correlation > 0.99)
    }
    const locked = await soundsOf(t, capture)
    await assert.rejects(locked.sounds.file(locked.finder, locked.call, WAV), (error) =>
      isFailure(error, 'conflict'),
    )
    const lost = await soundsOf(t, capture, { keyLog: seen.keyLog })
    damageBlock(lost.folder)
    await assert.rejects(lost.sounds.file(lost.finder, lost.call, WAV), isForLostKey)
  })

  test('a call without media is not found, and leaves no file', async (t) => {
    const { capture } = talkingCall({ packets: 0 })
    const { finder, folder, sounds, call } = await soundsOf(t, capture)
    await assert.rejects(sounds.file(finder, call, WAV), (error) => isFailure(error, 'not-found'))
    assert.deepEqual(readdirSync(join(folder, 'sound-made')), [])
    const told = await sounds.file(finder, call, { kind: 'findings' })
    const found = JSON.parse(readFileSync(told, 'utf8')) as CallFindings
    assert.equal(found.unheard, 'no sound of this call was captured')
  })

  test('a lost block is silent, and nothing is told of its silence; it is healed', async (t) => {
    const clock = { tUs: Date.UTC(2026, 11, 1) * 1000, nowUs: () => clock.tUs }
    const said = talkingCall({ packets: PACKETS_OF_THREE_BLOCKS })
    const { finder, folder, sounds, call } = await soundsOf(t, said.capture, { clock })
    const heal = damageBlock(folder)
    const wish = { ...WAV, layout: 'caller' } as const
    const hear = async () =>
      floatsOf(readFileSync(await sounds.file(finder, call, wish)).subarray(44))
    const find = async () => {
      const path = await sounds.file(finder, call, { kind: 'findings' })
      return JSON.parse(readFileSync(path, 'utf8')) as CallFindings
    }
    const partly = await hear()
    assert.ok(Math.abs(partly.length - said.caller.length) <= 160)
    for (const at of [8_000, said.caller.length - 16_000]) {
      const [a, b] = [said.caller, partly].map((all) => all.slice(at, at + 8_000))
      assert.ok(a !== undefined && b !== undefined && likeness(a, b, 4).correlation > 0.99)
    }
    const middle = partly.length >> 1
    assert.ok(partly.subarray(middle - 40_000, middle + 40_000).every((sample) => sample === 0))
    const found = await find()
    assert.deepEqual(found.unread.length, 1)
    assert.match(found.unread[0] ?? '', /^block 2 of 2023-11-14 cannot be read: /)
    assert.deepEqual(
      found.findings.map(({ kind, digit }) => [kind, digit]),
      [['dtmf', '7']],
    )
    assert.deepEqual([found.gaps, found.answeredBy, found.unheard], [[], null, null])
    assert.equal(await sounds.madeFile(finder, call, wish), undefined)
    // A player asks again for the next range.
    const { soundsMade } = sounds.counters()
    assert.deepEqual(await hear(), partly)
    assert.equal(sounds.counters()['soundsMade'], soundsMade)

    heal()
    clock.tUs += 60_000_000
    assert.ok(likeness(said.caller, await hear(), 4).correlation > 0.99)
    assert.deepEqual((await find()).unread, [])
    assert.notEqual(await sounds.madeFile(finder, call, wish), undefined)
  })

  test('a call of which nothing can be read is an error that names a block', async (t) => {
    const { finder, folder, sounds, call } = await soundsOf(t, talkingCall().capture)
    damageBlock(folder)
    for (const wish of [WAV, { kind: 'peaks' }] as const) {
      await assert.rejects(sounds.file(finder, call, wish), (error) => {
        assert.ok(isFailure(error, 'not-found'), String(error))
        assert.match(error.message, /^block 1 of 2023-11-14 cannot be read: /)
        return true
      })
    }
    assert.deepEqual(readdirSync(join(folder, 'sound-made')), [])
    const told = await sounds.file(finder, call, { kind: 'findings' })
    const { unheard, unread } = JSON.parse(readFileSync(told, 'utf8')) as CallFindings
    assert.match(unheard ?? '', /^block 1 of 2023-11-14 cannot be read: /)
    assert.deepEqual(unread, [unheard])
  })

  test('what was asked for longest ago makes room for the new', async (t) => {
    const { finder, folder, sounds, call } = await soundsOf(t, talkingCall().capture, {
      keptBytesMax: 100_000,
    })
    const first = await sounds.file(finder, call, WAV)
    utimesSync(first, 1, 1)
    const second = await sounds.file(finder, call, { ...WAV, layout: 'caller' })
    assert.deepEqual([existsSync(first), existsSync(second)], [false, true])
    assert.equal(sounds.counters()['soundsDropped'], 1)
    assert.ok(statSync(second).size < 100_000)
    writeFileSync(join(folder, 'sound-made', 'x.part'), 'half')
    await new KeptFiles(join(folder, 'sound-made'), 1, systemClock).open()
    assert.equal(existsSync(join(folder, 'sound-made', 'x.part')), false)
  })
})

function isForLostKey(error: unknown): boolean {
  assert.ok(isFailure(error, 'conflict'), String(error))
  assert.match(error.message, /its key is not known: block 1 of .* cannot be read: /)
  return true
}
