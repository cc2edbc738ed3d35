// For tests: a device that takes NOTIFY, played by sipp on a port of its own; what it received is
// read from sipp's own log of messages.
import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Why tests with sipp are skipped, false where they are not. */
export const withoutSipp = spawnSync('sipp', ['-v']).error ? 'sipp is not installed' : false

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
  const port = await freePort(transport)
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
  while (!(await isTaken(port, transport))) await sleep(20)
  return { port, ended, received: () => readRequests(log) }
}

function readRequests(log: string): string[] {
  if (!existsSync(log)) return []
  return readFileSync(log, 'latin1')
    .split(/^-{20,}.*$/m)
    .map((entry) => /message received \[\d+\] bytes :\s+(NOTIFY [^]*?\r\n\r\n)/.exec(entry)?.[1])
    .filter((request) => request !== undefined)
}

/** A port that nobody has at the moment. */
export async function freePort(transport: 'udp' | 'tcp'): Promise<number> {
  if (transport === 'udp') {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    await new Promise<void>((resolve) => socket.close(() => resolve()))
    return port
  }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function isTaken(port: number, transport: 'udp' | 'tcp'): Promise<boolean> {
  try {
    if (transport === 'udp') {
      const socket = createSocket('udp4')
      socket.bind(port, '127.0.0.1')
      await once(socket, 'listening')
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    } else {
      const server = createServer().listen(port, '127.0.0.1')
      await once(server, 'listening')
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
    return false
  } catch {
    return true
  }
}

/** The value of a header of a request; '' where it has none. */
export function headerOf(request: string | undefined, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(request ?? '')?.[1]?.trim() ?? ''
}
