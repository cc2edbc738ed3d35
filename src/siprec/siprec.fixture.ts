// For tests: a recording server on free ports, real clients (sipp) that run scenarios against it,
// media sent by sockets, and everything that the server took in as a capture file.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../test/peers/programs.ts'
import { systemClock } from '../base/clock.ts'
import { parseSdp } from '../sip/sdp/parse-sdp.ts'
import type { Frame } from '../source/frame.ts'
import {
  enhancedPacketBytes,
  interfaceBytes,
  SECTION_BYTES,
  writeEnhancedPacket,
  writeInterface,
  writeSection,
} from '../source/pcapng-writer.ts'
import { SiprecServer, type SiprecSettings } from './siprec-server.ts'

export function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-siprec-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function hasProgram(name: string, ...args: string[]): boolean {
  return spawnSync(name, args).error === undefined
}

export interface ServerUnderTest {
  readonly server: SiprecServer
  readonly port: (transport: 'udp' | 'tcp' | 'tls') => number
  /** Everything that passed its sockets, as a pcapng file's bytes. */
  readonly capture: () => Buffer
  /** Session descriptions that it answered with, in order. */
  readonly answers: () => ReturnType<typeof parseSdp>[]
}

export async function startServer(
  t: TestContext,
  settings: Partial<SiprecSettings> = {},
): Promise<ServerUnderTest> {
  const frames: Buffer[] = []
  const interfaces = new Map<unknown, number>()
  const head = Buffer.alloc(SECTION_BYTES)
  writeSection(head, 0)
  const push = (frame: Frame) => {
    let id = interfaces.get(frame.interface)
    if (id === undefined) {
      id = interfaces.size
      interfaces.set(frame.interface, id)
      const block = Buffer.alloc(interfaceBytes(frame.interface))
      writeInterface(block, 0, frame.interface)
      frames.push(block)
    }
    const block = Buffer.alloc(enhancedPacketBytes(frame.end - frame.start))
    writeEnhancedPacket(block, 0, frame, id)
    frames.push(block)
  }
  const server = new SiprecServer(
    {
      host: '127.0.0.1',
      port: await freePort(),
      // Away from the ports that systems hand out by themselves; pairs that are taken are skipped.
      mediaPorts: { first: 21_000, last: 29_999 },
      isClient: () => true,
      sessionsMax: 100,
      ...settings,
    },
    { clock: systemClock, push },
  )
  await server.start()
  let isStopped = false
  const stop = server.stop.bind(server)
  server.stop = async () => {
    if (!isStopped) await stop()
    isStopped = true
  }
  t.after(() => server.stop())
  const capture = () => Buffer.concat([head, ...frames])
  return {
    server,
    capture,
    port: (transport) => server.places().find((one) => one.transport === transport)?.port ?? 0,
    answers: () =>
      frames
        .map((frame) => frame.indexOf('SIP/2.0 200 ') >= 0 && frame.indexOf('o=earshot '))
        .flatMap((at, i) => (typeof at !== 'number' || at < 0 ? [] : [bodyOf(frames[i])]))
        .map((body) => parseSdp(body)),
  }
}

function bodyOf(frame: Buffer | undefined): Buffer {
  return frame?.subarray(frame.indexOf('\r\n\r\n') + 4) ?? Buffer.alloc(0)
}

// ── sipp ───────────────────────────────────────────────────────────────────────────────────────

/** One step of a client: what it sends, or what it waits for. */
export interface ClientRun {
  readonly scenario: string
  readonly port: number
  readonly transport?: 'u1' | 't1'
  readonly calls?: number
  readonly remoteHost?: string
}

/** sipp's exit code and what it wrote. */
export interface ClientEnd {
  readonly code: number
  readonly log: string
}

/** Runs a scenario to its end. */
export async function runClient(t: TestContext, run: ClientRun): Promise<ClientEnd> {
  const folder = makeFolder(t)
  const file = join(folder, 'scenario.xml')
  writeFileSync(file, run.scenario)
  const target = `${run.remoteHost ?? '127.0.0.1'}:${run.port}`
  const { transport = 'u1', calls = 1 } = run
  const flags = `-i 127.0.0.1 -t ${transport} -m ${calls} -timeout 300s -nostdin`
  const args = ['-sf', file, '-trace_err', '-error_file', join(folder, 'errors'), target]
  const child = spawn('sipp', [...flags.split(' '), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let log = ''
  child.stdout.on('data', (text: Buffer) => (log += text.toString()))
  child.stderr.on('data', (text: Buffer) => (log += text.toString()))
  const code = await new Promise<number>((resolve) => {
    child.on('close', (exit) => resolve(exit ?? -1))
  })
  return { code, log: log.slice(-3_000) }
}

const HEAD = `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:src@[local_ip]:[local_port]>;tag=[call_number]src
Call-ID: [call_id]
Max-Forwards: 70
Contact: <sip:src@[local_ip]:[local_port];transport=[transport]>;+sip.src
`

/** A scenario of these steps. */
export function scenario(...steps: readonly string[]): string {
  const head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
  return `${head}<scenario name="src">${steps.join('\n')}</scenario>`
}

/**
 * A request of the client. `first` begins the dialog, `routed` follows the route that a proxy
 * recorded, `plain` is no recording client's, `once` is not repeated.
 */
export function send(method: string, rest: string, options = ''): string {
  const [headers = '', ...body] = rest.split('\n\n')
  const isFirst = method === 'INVITE' && options.includes('first')
  const to = isFirst ? 'To: <sip:srs@[remote_ip]>' : 'To: <sip:srs@[remote_ip]>[peer_tag_param]'
  // Without its feature tag it is no recording client, but a telephone.
  const contact = options.includes('plain') ? HEAD.replace(';+sip.src', '') : HEAD
  const isRouted = options.includes('routed')
  const target = isRouted ? '[next_url]' : 'sip:srs@[remote_ip]:[remote_port]'
  const routes = isRouted ? '[routes]\n' : ''
  const head = `${method} ${target} SIP/2.0\n${routes}${contact}${to}\n${headers.trim()}`
  const retransmit = method === 'ACK' || options.includes('once') ? '' : ' retrans="500"'
  const text = `${head}\nContent-Length: [len]\n\n${body.join('\n\n')}`
  return `<send${retransmit}><![CDATA[\n${text}\n]]></send>`
}

export function receive(status: number, options = ''): string {
  return `<recv response="${status}" ${options}></recv>`
}

/** Waits for an answer with two media sections, and writes their ports into a file. */
export function receivePorts(path: string, options = ''): string {
  const port = 'm=audio ([0-9]+) '
  const find = `<ereg regexp="${port}.*${port}" search_in="msg" assign_to="both,one,other"/>`
  const tell = `<exec command="echo [$one] [$other] > ${path}"/>`
  const known = '<Reference variables="both"/>'
  return `<recv response="200" ${options}><action>${find}${tell}</action></recv>${known}`
}

/** Waits for a request of the server and agrees to it. */
export function agree(method: string): string {
  const repeated = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `[last_${name}:]`)
  const text = ['SIP/2.0 200 OK', ...repeated, 'Content-Length: 0'].join('\n')
  return `<recv request="${method}"></recv><send><![CDATA[\n${text}\n\n]]></send>`
}

/** Waits, over UDP, for the word of the test that it may go on. */
export const waitForWord = '<recv request="MESSAGE"></recv>'

/** Tells the client whose session is that, as its messages say, that it may go on. */
export async function giveWord(session: string): Promise<void> {
  const [, callId] = /^Call-ID: (\S+)/m.exec(session) ?? []
  const [, port] = /^Contact: <sip:src@127\.0\.0\.1:(\d+)/m.exec(session) ?? []
  const head = ['MESSAGE sip:src@127.0.0.1 SIP/2.0', `Call-ID: ${callId}`, 'CSeq: 1 MESSAGE']
  const via = 'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKword'
  const ends = ['From: <sip:test@127.0.0.1>;tag=test', 'To: <sip:src@127.0.0.1>']
  const socket = createSocket('udp4')
  const text = [...head, via, ...ends, 'Content-Length: 0', '', ''].join('\r\n')
  await new Promise<void>((resolve) =>
    socket.send(text, Number(port), '127.0.0.1', () => resolve()),
  )
  socket.close()
}

export const pause = (ms: number) => `<pause milliseconds="${ms}"/>`

/** A media section as clients write them. */
export function section(label: string, port: number, direction = 'sendonly'): string {
  return `m=audio ${port} RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=${direction}\na=label:${label}\n`
}

/** The body of a recording session: a description, and metadata where there is some. */
export function body(sections: readonly string[], metadata?: string): string {
  const session = 'v=0\no=src 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n'
  const sdp = session + sections.join('')
  if (metadata === undefined) return `Content-Type: application/sdp\n\n${sdp}`
  return `Content-Type: multipart/mixed;boundary=border

--border
Content-Type: application/sdp

${sdp}
--border
Content-Type: application/rs-metadata+xml
Content-Disposition: recording-session

<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1">${metadata}</recording>
--border--`
}

/** Somebody who takes part and sends the stream of a label. */
export function participant(id: string, name: string, label: string): string {
  return `<participant participant_id="${id}"><nameID aor="sip:${id}@example.com"><name>${name}</name></nameID></participant>
<participantsessionassoc participant_id="${id}" session_id="s"></participantsessionassoc>
<stream stream_id="stream-${label}" session_id="s"><label>${label}</label></stream>
<participantstreamassoc participant_id="${id}"><send>stream-${label}</send></participantstreamassoc>`
}

// ── media ──────────────────────────────────────────────────────────────────────────────────────

export interface MediaRun {
  readonly port: number
  readonly ssrc: number
  /** µ-law samples, 160 of which go into a packet. */
  readonly payload: Buffer
}

/** Sends media as a client does, a packet of each every 20 ms. */
export async function sendMedia(runs: readonly MediaRun[]): Promise<void> {
  const socket = createSocket('udp4')
  const packets = Math.max(...runs.map(({ payload }) => Math.floor(payload.length / 160)))
  const startMs = performance.now()
  for (let i = 0; i < packets; i++) {
    for (const { port, ssrc, payload } of runs) {
      const samples = payload.subarray(i * 160, (i + 1) * 160)
      if (samples.length < 160) continue
      const packet = Buffer.alloc(12 + samples.length)
      packet[0] = 0x80
      packet[1] = i === 0 ? 0x80 : 0
      packet.writeUInt16BE(i, 2)
      packet.writeUInt32BE(i * 160, 4)
      packet.writeUInt32BE(ssrc, 8)
      samples.copy(packet, 12)
      socket.send(packet, port, '127.0.0.1')
    }
    await sleep(Math.max(0, startMs + (i + 1) * 20 - performance.now()))
  }
  await new Promise<void>((resolve) => void socket.close(() => resolve()))
}

/** Resolves when something has come true, looking often; fails when a client has ended without. */
export async function until<Found>(
  look: () => Found | undefined | Promise<Found | undefined>,
  client?: Promise<ClientEnd>,
): Promise<Found> {
  let end: ClientEnd | undefined
  void client?.then((ended) => (end = ended))
  for (;;) {
    const ended = end
    const found = await look()
    if (found !== undefined) return found
    if (ended !== undefined) assert.fail(`the client ended with ${ended.code}: ${ended.log}`)
    await sleep(10)
  }
}
