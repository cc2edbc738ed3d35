// Tests of the table of settings: what is allowed, what goes before what, how a refusal reads.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { isFailure } from '../base/failure.ts'
import { formatSettingsHelp, formatSettingsPage } from './setting-text.ts'
import {
  readSettings,
  settingOptions,
  settingTable,
  unknownVariables,
  variableOf,
} from './settings.ts'

const entries = Object.entries(settingTable)

test('settings: with nothing given, each has its default', () => {
  const settings = readSettings({}, {})
  assert.equal(settings.port, 8080)
  assert.equal(settings.hepPort, 9060)
  assert.equal(settings.dataFolder, './data')
  assert.equal(settings.publicUrl, undefined)
  assert.deepEqual(
    settings.joinHeaders.join(' '),
    'Session-ID X-Call-ID X-CID Replaces Refer-To P-Charging-Vector',
  )
  for (const [name, setting] of entries) {
    assert.deepEqual(new Map<string, unknown>(Object.entries(settings)).get(name), setting.fallback)
  }
})

test('settings: a flag goes before the environment, which goes before the default', () => {
  assert.equal(readSettings({ port: '1' }, { EARSHOT_PORT: '2' }).port, 1)
  assert.equal(readSettings({}, { EARSHOT_PORT: '2' }).port, 2)
  assert.equal(readSettings({}, { EARSHOT_PORT: '' }).port, 8080)
})

test('settings: a flag given twice counts as written last', () => {
  assert.equal(readSettings({ port: ['1', '2'] }, {}).port, 2)
})

const refused: [string, string][] = [
  ['port', '65536'],
  ['port', '-1'],
  ['port', '8080x'],
  ['port', ' 80'],
  ['port', '1e3'],
  ['port', ''],
  ['data', ''],
  ['session-seconds', '59'],
  ['log-level', 'INFO'],
  ['join-headers', 'X-A, B C'],
  ['join-headers', Array.from({ length: 33 }, (_, i) => `X-${i}`).join(',')],
  ['public-url', 'earshot.example'],
  ['public-url', 'https://earshot.example/path'],
  ['public-url', 'https://user@earshot.example'],
  ['public-url', 'ftp://earshot.example'],
  ['trusted-proxies', 'everybody'],
  ['metrics-open', 'perhaps'],
]

for (const [flag, written] of refused) {
  test(`settings: --${flag} ${JSON.stringify(written.slice(0, 40))} is refused by name`, () => {
    assert.throws(
      () => readSettings({ [flag]: written }, {}),
      (error) => isFailure(error, 'bad-input') && error.message.startsWith(`--${flag}: expected `),
    )
  })
}

test('settings: a refusal names the variable where that was the source, and cuts long text', () => {
  assert.throws(
    () => readSettings({}, { EARSHOT_PORT: 'x'.repeat(1_000) }),
    (error) => isFailure(error) && /^EARSHOT_PORT: .* found "x{60}…"$/.test(error.message),
  )
})

const accepted: [string, string, unknown][] = [
  ['join-headers', ' X-A ,X-B,,X-A', ['X-A', 'X-B']],
  ['join-headers', '', []],
  ['public-url', 'https://earshot.example:8443/', 'https://earshot.example:8443'],
  ['trusted-proxies', '10.0.0.0/8,2001:db8::1', ['10.0.0.0/8', '2001:db8::1']],
  ['metrics-open', 'no', false],
  ['port', '0', 0],
]

for (const [flag, written, value] of accepted) {
  test(`settings: --${flag} ${JSON.stringify(written)} is understood`, () => {
    const settings: object = readSettings({ [flag]: written }, {})
    const name = entries.find(([, setting]) => setting.flag === flag)?.[0] ?? ''
    assert.deepEqual(Object.entries(settings).find(([key]) => key === name)?.[1], value)
  })
}

test('settings: a variable that only looks like one is told', () => {
  const environment = { EARSHOT_KEEPDAYS: '30', EARSHOT_KEEP_DAYS: '30', KEEP_DAYS: '30' }
  assert.deepEqual(unknownVariables(environment), ['EARSHOT_KEEPDAYS'])
})

test('settings: the options of the table are what parseArgs takes', () => {
  const args = ['--examples', '--port', '81', '--join-headers=X-A']
  const { values } = parseArgs({ args, options: settingOptions() })
  const settings = readSettings(values, {})
  assert.deepEqual([settings.examples, settings.port, settings.joinHeaders], [true, 81, ['X-A']])
  assert.deepEqual(Object.keys(settingOptions(['log'])), ['log-level'])
})

test('settings: flags and variables are each used once', () => {
  const flags = entries.map(([, setting]) => setting.flag)
  assert.equal(new Set(flags).size, flags.length)
  assert.equal(variableOf({ flag: 'log-level' }), 'EARSHOT_LOG_LEVEL')
})

test('settings: every default is itself allowed', () => {
  for (const [name, setting] of entries) {
    if (setting.fallback === undefined) continue
    assert.deepEqual(setting.read(setting.fallbackText), setting.fallback, name)
  }
})

test('settings: any text is a value or a bad-input failure, never another error', () => {
  const flag = fc.constantFrom(...entries.map(([, setting]) => setting.flag))
  fc.assert(
    fc.property(flag, fc.string({ unit: 'binary' }), (name, written) => {
      try {
        readSettings({ [name]: written }, {})
      } catch (error) {
        assert.ok(isFailure(error, 'bad-input'))
      }
    }),
    { seed: 1 },
  )
})

test('settings: help and page name every flag, and help fits a terminal', () => {
  const help = formatSettingsHelp()
  const page = formatSettingsPage()
  for (const [, setting] of entries) {
    assert.ok(help.includes(`--${setting.flag}`), setting.flag)
    assert.ok(page.includes(`\`--${setting.flag}\``), setting.flag)
  }
  assert.ok(help.split('\n').every((line) => line.length <= 100))
  assert.ok(!formatSettingsHelp(['log']).includes('--port'))
})

test('settings: help says what stands for a value, and whether several may', () => {
  const help = formatSettingsHelp()
  for (const words of [
    '--data DIR ',
    '--hep-host ADDRESS ',
    '--tls-cert FILE ',
    '--hep-key KEY ',
    '--capture-buffer MEGABYTES ',
    '--interface INTERFACE,… ',
    '--trunks NAME=NETWORK,… ',
    '--siprec-media-ports FIRST-LAST\n',
  ]) {
    assert.ok(help.includes(words), words)
  }
  assert.equal(settingTable.hepHost.allowed, 'an address')
  assert.equal(
    settingTable.trustedProxies.allowed,
    'at most 64 addresses or networks with commas between them',
  )
})
