// In: a machine. Out: the programs that tests compare against and drive, from Debian's packages
// where this may install them. Where it may not, says by name what is missing and what is skipped.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, say, tail } from './process.mjs'

/** What tests need from the system. `file` stands for packages that bring no program. */
const needs = [
  { program: 'tshark', package: 'tshark', tests: 'comparison with tshark, exports read by tshark' },
  { program: 'sngrep', package: 'sngrep', tests: 'npm run bench beside sngrep' },
  { program: 'sipp', package: 'sip-tester', tests: 'calls made by a real SIP client' },
  { program: 'chromium', package: 'chromium', tests: 'the web pages in a real browser' },
  { program: 'zstd', package: 'zstd', tests: 'captures packed by other programs' },
  { program: 'kamailio', package: 'kamailio', tests: 'HEP from a real proxy' },
  { program: 'rtpengine', package: 'rtpengine-daemon', tests: 'HEP and sound of a real relay' },
  { program: 'baresip', package: 'baresip-core', tests: 'media and SRTP of a real phone' },
  { program: 'ffmpeg', package: 'ffmpeg', tests: 'codecs that npm does not carry' },
  { program: 'sox', package: 'sox', tests: 'sound written and read by another program' },
  { program: 'espeak-ng', package: 'espeak-ng', tests: 'speech to be transcribed' },
  { program: 'pocketsphinx_continuous', package: 'pocketsphinx', tests: 'transcripts' },
  { program: 'tcpdump', package: 'tcpdump', tests: 'capture from a live interface' },
  { program: 'openssl', package: 'openssl', tests: 'TLS by another implementation' },
  {
    file: '/usr/share/doc/kamailio-tls-modules',
    package: 'kamailio-tls-modules',
    tests: 'recording sessions over TLS',
  },
  {
    file: '/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict',
    package: 'pocketsphinx-en-us',
    tests: 'transcripts',
  },
  {
    file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
    package: 'fonts-dejavu-core',
    tests: 'screenshots with readable letters',
  },
]

/** Installs what is missing on Debian as root, else names it. Missing programs only skip tests. */
export async function installSystemPrograms() {
  const missing = needs.filter((need) => !isPresent(need))
  if (missing.length === 0) return
  const reason = whyNotInstall()
  if (reason === undefined) await aptInstall(missing.map((need) => need.package))
  const still = missing.filter((need) => !isPresent(need))
  if (still.length === 0) return
  const names = still.map((need) => need.package).join(' ')
  say(
    `missing on this machine${reason === undefined ? '' : ` (${reason})`}; tests will be skipped:`,
  )
  for (const need of still) say(`  ${need.package}: ${need.tests}`)
  say(`to have them on Debian: sudo apt-get install ${names}`)
}

function isPresent({ program, file }) {
  if (file !== undefined) return existsSync(file)
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']
  return folders.some((folder) => isExecutable(join(folder, program)))
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function whyNotInstall() {
  if (!existsSync('/usr/bin/apt-get')) return 'not a Debian system'
  try {
    const release = readFileSync('/etc/os-release', 'utf8')
    if (!/^ID(_LIKE)?=.*debian/m.test(release)) return 'not a Debian system'
  } catch {
    return 'not a Debian system'
  }
  return process.getuid?.() === 0 ? undefined : 'not root'
}

async function aptInstall(packages) {
  say(`installing ${packages.join(', ')} for the tests`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=2']
  const apt = (...args) =>
    run('/usr/bin/apt-get', [...options, ...args], { env, secondsMax: 1_800 })
  const install = (names) => apt('install', '-y', '--no-install-recommends', ...names)
  const update = await apt('update')
  const all = await install(packages)
  if (all.code === 0) return
  // One package that this release lacks must not cost the others.
  for (const name of packages) {
    const { code, output } = await install([name])
    if (code !== 0) say(`apt-get could not install ${name}:\n${tail(output || update.output, 4)}`)
  }
}
