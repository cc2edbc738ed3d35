// What the program says of itself, and what it says to what it does not understand.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertDone, assertRefused, shell } from './cli.fixture.ts'

const COMMANDS = [
  'serve',
  'import',
  'calls',
  'legs',
  'messages',
  'streams',
  'show',
  'export',
  'account',
  'reindex',
  'check',
  'help',
]

describe('earshot help', () => {
  test('every command tells how it is used, however it is asked', async (t) => {
    const { earshot } = shell(t)
    for (const command of COMMANDS) {
      const ran = await earshot(command, '--help')
      assertDone(ran)
      assert.match(ran.stdout, new RegExp(`^earshot ${command} .*\n\n.+\n`))
    }
    const wanted = (await earshot('legs', '--help')).stdout
    assert.equal((await earshot('help', 'legs')).stdout, wanted)
    assert.equal((await earshot('legs', '-h')).stdout, wanted)
  })

  test('without a command all of them are listed, with the settings', async (t) => {
    const { earshot } = shell(t)
    const ran = await earshot()
    assertDone(ran)
    for (const command of COMMANDS) assert(ran.stdout.includes(`\nearshot ${command} `), command)
    assert.match(ran.stdout, /--data DIR/)
    for (const ask of ['help', '--help', '-h']) {
      assert.equal((await earshot(ask)).stdout, ran.stdout)
    }
  })

  test('a command with settings that its usage leaves out lists them', async (t) => {
    const { earshot } = shell(t)
    const { stdout } = await earshot('serve', '--help')
    for (const flag of ['--hep-tls PORT ', '--join-headers ', '--log-level ']) {
      assert(stdout.includes(`\n  ${flag}`), flag)
    }
    assert.match((await earshot('reindex', '--help')).stdout, /\n {2}--join-headers /)
    assert.doesNotMatch((await earshot('calls', '--help')).stdout, /Settings/)
  })

  test('the version is that of the package', async (t) => {
    const ran = await shell(t).earshot('--version')
    assertDone(ran)
    assert.match(ran.stdout, /^earshot \d+\.\d+\.\d+\n$/)
  })
})

describe('earshot with what it does not understand', () => {
  for (const [argv, reason] of [
    [['frobnicate'], /no command is called frobnicate; known are serve, import/],
    [['constructor'], /no command is called constructor/],
    [['__proto__'], /no command is called __proto__/],
    [['help', 'frobnicate'], /no command is called frobnicate/],
    [['legs', '--frobnicate'], /--frobnicate/],
    [['legs', '--from'], /--from/],
    [['legs', '--data'], /--data/],
    [['legs', '--from', 'a', '--from', 'b'], /--from is given twice/],
    [
      ['legs', '--limit', '-1'],
      /'--limit' argument is ambiguous\. Did you forget .* '--limit=-XYZ'/,
    ],
    [['agent', '--interface', 'lo', '--to', 'tcp://127.0.0.1:1', 'eth0'], /agent: what is eth0/],
    [['recordings', 'everything'], /recordings: what is everything/],
    [['legs', '--limit', '0'], /--limit 0: expected a whole number from 1/],
    [['streams', '--ssrc', '1.5'], /--ssrc 1\.5: expected a number, as 0x1f2e3d4c or decimal/],
    [['streams', '--mos-below', '7'], /--mos-below 7: expected a score from 1 to 5/],
    [['legs', '--limit', 'x'], /--limit x/],
    [['legs', '--start', 'yesterday'], /--start: "yesterday" is no time/],
    [['legs', '--end', '2026-13-01'], /--end: "2026-13-01" is no time/],
    [['legs', '--status', '42'], /--status: 42 is no status/],
    [['legs', '--state', 'fine'], /--state: fine is no state/],
    [['legs', '--kind', 'banana'], /--kind: banana is no kind/],
    [['legs', '--address', 'host'], /--address: host is no IP address/],
    [['legs', '--from', '*'], /--from: needs a character besides \*/],
    [['legs', 'from:'], /"from:": from needs a value/],
    [['legs', '"open'], /the quotation mark in "open" stays open/],
    [['calls', '--from', 'a', 'from:b'], /--from a/],
    [['import'], /import: name a capture file/],
    [['show'], /show: name one Call-ID/],
    [['show', 'a', 'b'], /show: name one Call-ID/],
    [['export', 'a'], /export: --out FILE is needed/],
    [['export', '--out', 'a.pcap'], /export: name a Call-ID/],
    [['export', 'a', '--out', 'a.doc'], /a\.doc: expected a name ending in one of \.pcap/],
    [['export', 'a', '--out', 'a.ogg'], /a\.ogg: expected a name ending in one of .*\.wav/],
    [['export', 'a', '--out', 'a.wav', '--layout', 'mono'], /--layout: expected one of stereo/],
    [['account'], /account: expected create, change, set-secret, remove or list/],
    [['account', 'create'], /account: --dialect is needed/],
    [['account', 'create', '--dialect', 'morse'], /--dialect morse: expected one of own, /],
    [['check', 'everything'], /check: what is everything/],
    [['reindex', 'everything'], /reindex: what is everything/],
  ] as const) {
    test(`${argv.join(' ')}: exit code 2, and what was wrong`, async (t) => {
      const ran = await shell(t).earshot(...argv)
      assertRefused(ran, 2, reason)
      assert.equal(ran.stdout, '')
    })
  }
})
