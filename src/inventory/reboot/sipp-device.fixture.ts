// For tests: a device that takes NOTIFY, played by sipp on a port of its own; what it received is
// read from sipp's own log of messages.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../test/peers/programs.ts'

/** Why tests with sipp are skipped, false where they are not. */
export const withoutSipp = missing()

function missing(): string | false {
  if (spawnSync('sipp', ['-v']).error !== undefined) return 'sipp is not installed'
  return existsSync('/proc/net/udp') ? false : 'this system does not list its ports'
}

export interface SippDevice {
  readonly port: number
  /** The NOTIFY requests that it received, whole, in their order. */
  received(): string[]
  /** Its exit code: 0 where everything that the scenario waits for came. */
  readonly ended: Promise<number | null>
}

interface CleanUp {
  readonly after: (work: () => unknown) => void
}

const TAKE = '<recv request="NOTIFY"/>'

const answer = (start: string, ...headers: readonly string[]): string => `<send><![CDATA[
SIP/2.0 ${start}
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
${headers.join('\n')}${headers.length > 0 ? '\n' : ''}Content-Length: 0

]]></send>`

const CHALLENGE =
  'WWW-Authenticate: Digest realm="phones", nonce="47ebe028cda119c35d4877b383027d28", algorithm=MD5'

/** What devices do with a NOTIFY. */
export const scenarios = {
  agree: [TAKE, answer('200 OK')],
  refuse: [TAKE, answer('489 Bad Event')],
  /** Remembers for a while that it agreed, as a transaction does (RFC 3261 §17.2.2). */
  agreeAndStay: [TAKE, answer('200 OK'), '<pause milliseconds="20000"/>'],
  agreeSlowly: [TAKE, answer('100 Trying'), '<pause milliseconds="600"/>', answer('200 OK')],
  /** Agrees once the password "letmein" of "phone" was proven. */
  challenge: [
    TAKE,
    answer('401 Unauthorized', CHALLENGE),
    `<recv request="NOTIFY"><action>
       <verifyauth assign_to="isRight" username="phone" password="letmein"/>
     </action></recv>`,
    '<nop test="isRight" next="right"/>',
    answer('403 Forbidden'),
    '<nop next="end"/>',
    '<label id="right"/>',
    answer('200 OK'),
    '<label id="end"/>',
  ],
} as const satisfies Record<string, readonly string[]>

/** Starts a device, and waits until it listens. */
export async function startSippDevice(
  cleanUp: CleanUp,
  scenario: keyof typeof scenarios = 'agree',
  transport: 'udp' | 'tcp' = 'udp',
): Promise<SippDevice> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-sipp-'))
  const port = await freePort()
  const steps = scenarios[scenario].join('\n')
  writeFileSync(
    join(folder, 'device.xml'),
    `<?xml version="1.0"?>\n<scenario name="device">\n${steps}\n</scenario>\n`,
  )
  const log = join(folder, 'messages.log')
  const flags = `-sf device.xml -i 127.0.0.1 -p ${port} -t ${transport === 'udp' ? 'u1' : 't1'}`
  const more = `-m 1 -nostdin -trace_msg -message_file ${log}`
  const sipp = spawn('sipp', `${flags} ${more}`.split(' '), { cwd: folder, stdio: 'ignore' })
  const ended = once(sipp, 'close').then(([code]) => Number(code))
  cleanUp.after(async () => {
    sipp.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  while (!isTaken(port, transport)) {
    assert.equal(sipp.exitCode, null, 'sipp ended before it listened')
    await sleep(20)
  }
  return { port, ended, received: () => readRequests(log) }
}

function readRequests(log: string): string[] {
  if (!existsSync(log)) return []
  return readFileSync(log, 'latin1')
    .split(/^-{20,}.*$/m)
    .map((entry) => /message received \[\d+\] bytes :\s+(NOTIFY [^]*?\r\n\r\n)/.exec(entry)?.[1])
    .filter((request) => request !== undefined)
}

/** By the system's own list: a try to bind the port ourselves could be in the way of sipp. */
function isTaken(port: number, transport: 'udp' | 'tcp'): boolean {
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 `
  return readFileSync(`/proc/net/${transport}`, 'latin1').includes(place)
}

/** The value of a header of a request; '' where it has none. */
export function headerOf(request: string | undefined, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(request ?? '')?.[1]?.trim() ?? ''
}
