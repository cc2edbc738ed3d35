// The file of rules: what is read, and how a mistake is named; shares; keys; what stays hidden.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { finding } from '../audio/findings/media-finding.ts'
import { isFailure } from '../base/failure.ts'
import { makeRecording } from '../store/recordings/recordings.fixture.ts'
import { hideDigits } from './hidden-digits.ts'
import { makeFolder } from './office.fixture.ts'
import { pauseEvents, type PressedKey, pressedUs } from './pressed-keys.ts'
import { isInShare, parseRules, readRulesFile } from './recording-rules.ts'

test('a rule has its fields, and the plain ones where it says nothing', () => {
  const [full, plain] = parseRules(
    JSON.stringify({
      rules: [
        {
          name: 'cards',
          calls: ['trunk:carrier to:+4420*'],
          account: 'own/sales',
          header: { name: 'X-Queue', value: '7' },
          share: 0.5,
          format: 'mp3',
          channels: 'mono',
          retentionDays: 90,
          consent: { dtmf: '1' },
          pause: { pause: '*8', resume: '*9' },
          transcribe: true,
        },
        { name: 'rest' },
      ],
    }),
  )
  assert.deepEqual(full, {
    name: 'cards',
    calls: ['trunk:carrier to:+4420*'],
    account: 'own/sales',
    header: { name: 'X-Queue', value: '7' },
    share: 0.5,
    isOnDemand: false,
    isSiprec: false,
    format: 'mp3',
    channels: 1,
    retentionDays: 90,
    consent: { header: null, dtmf: '1' },
    pause: { pause: '*8', resume: '*9' },
    isTranscribed: true,
  })
  assert.equal(plain?.channels, 2)
  assert.equal(plain?.consent, null)
  assert.equal(plain?.retentionDays, null)
})

test('a mistake is refused by its place', (t) => {
  const rule = (fields: object) => JSON.stringify({ rules: [{ name: 'a', ...fields }] })
  const cases: [string, RegExp][] = [
    ['{', /^no JSON: /],
    ['[]', /^the file: expected an object/],
    ['{}', /^rules: expected a list/],
    ['{"rules":[],"more":1}', /^the file: "more" is not known/],
    ['{"rules":[{}]}', /^rules\[0\]\.name: expected a name/],
    ['{"rules":[{"name":"a"},{"name":"a"}]}', /^two rules have the name a/],
    [rule({ calls: ['nonsense'] }), /^rules\[0\]\.calls: /],
    [rule({ calls: [7] }), /^rules\[0\]\.calls: expected texts/],
    [rule({ share: 2 }), /^rules\[0\]\.share: expected a number from 0 to 1/],
    [rule({ format: 'ogg' }), /^rules\[0\]\.format: expected one of wav, mp3/],
    [rule({ pause: { pause: '*8' } }), /^rules\[0\]\.pause: expected both/],
    [rule({ pause: { pause: 'x', resume: '1' } }), /^rules\[0\]\.pause\.pause: expected keys/],
    [rule({ consent: { sms: true } }), /^rules\[0\]\.consent: "sms" is not known/],
    [rule({ account: 'sales' }), /^rules\[0\]\.account: expected dialect\/id/],
    [rule({ transcribe: 'yes' }), /^rules\[0\]\.transcribe: expected true or false/],
    [rule({ keep: true }), /^rules\[0\]: "keep" is not known/],
  ]
  for (const [text, message] of cases) {
    assert.throws(
      () => parseRules(text),
      (error) => {
        return isFailure(error, 'bad-input') && message.test(error.message)
      },
      text,
    )
  }
  const path = join(makeFolder(t), 'rules.json')
  assert.throws(
    () => readRulesFile(path),
    (error) => isFailure(error, 'not-found'),
  )
  writeFileSync(path, '{}')
  assert.throws(() => readRulesFile(path), /rules\.json: rules: expected a list/)
})

test('a share holds as many calls as it says, always the same ones', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `20261121-${i.toString(36)}`)
  for (const share of [0, 0.1, 0.25, 1]) {
    const held = keys.filter((key) => isInShare({ name: 'a', share }, key))
    assert.ok(Math.abs(held.length / keys.length - share) < 0.01, `${share}: ${held.length}`)
    assert.deepEqual(
      held,
      keys.filter((key) => isInShare({ name: 'a', share }, key)),
    )
  }
})

const pressed = (keys: string, side: PressedKey['side'] = 'caller', stepUs = 500_000) =>
  keys.split('').map((key, i): PressedKey => ({ tUs: 1_000 + i * stepUs, key, side, by: 'dtmf' }))

test('keys pause from the first of their pattern on, and resume after the last', () => {
  const wanted = { pause: '*8', resume: '*9' }
  const kinds = (keys: readonly PressedKey[]) =>
    pauseEvents(keys, wanted).map(({ tUs, kind }) => [kind, tUs])
  assert.deepEqual(kinds(pressed('1*8411*92')), [
    ['paused', 501_000],
    ['digits-hidden', 1_001_000],
    ['resumed', 3_501_000],
  ])
  assert.deepEqual(kinds(pressed('*1118')), [])
  assert.deepEqual(kinds(pressed('*8', 'caller', 6_000_000)), [])
  const both = [...pressed('*', 'caller'), ...pressed('8', 'callee')]
  assert.deepEqual(kinds(both), [])
  assert.equal(pressedUs(pressed('22', 'callee'), '2'), 1_000)
  assert.equal(pressedUs(pressed('22'), '1'), undefined)
})

test('keys pressed in a pause are not told, all others are', () => {
  const at = (startUs: number, digit: string) =>
    finding({
      kind: 'dtmf',
      side: 'caller',
      startUs,
      endUs: startUs,
      text: `presses ${digit}`,
      digit,
    })
  const event = (tUs: number, kind: 'paused' | 'resumed') => {
    return { tUs, kind, participantId: null, by: 'dtmf' }
  }
  const recording = makeRecording({ events: [event(10, 'paused'), event(20, 'resumed')] })
  const found = [at(5, '1'), at(10, '4'), at(19, '1'), at(20, '7')]
  const shown = hideDigits(found, [recording])
  assert.deepEqual(
    shown.map(({ digit }) => digit),
    ['1', null, null, '7'],
  )
  assert.ok(!shown[1]?.text.includes('4'))
  assert.deepEqual(hideDigits(found, []), found)
})
