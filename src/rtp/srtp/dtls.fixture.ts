// A DTLS handshake between OpenSSL's client and server for tests: what passed between them, the key
// log, and the keys that OpenSSL itself exported.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePort } from '../../../test/peers/programs.ts'
import { rsaCertificate, rsaKey } from '../../decode/tls/observed-tls.fixture.ts'

/** For a test's `skip`: false where openssl is there. */
export const withoutOpenssl =
  spawnSync('openssl', ['version']).error === undefined ? false : 'openssl is not installed'

export interface Observed {
  /** Every datagram between the two, in order. */
  readonly datagrams: readonly { readonly isFromClient: boolean; readonly bytes: Buffer }[]
  /** The key log of the client, as OpenSSL wrote it. */
  readonly keyLog: Buffer
  /** What OpenSSL exported under the label of RFC 5764. */
  readonly exported: string
}

/** A handshake between OpenSSL's client and server, through a relay that keeps what passes. */
export async function dtlsHandshake(
  t: TestContext,
  profile: string,
  bytes: number,
): Promise<Observed> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-dtls-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [key, certificate, log] = ['key', 'certificate', 'log'].map((name) => join(folder, name))
  writeFileSync(key ?? '', rsaKey)
  writeFileSync(certificate ?? '', rsaCertificate)
  const port = await freePort()
  const common = ['-dtls1_2', '-use_srtp', profile, '-mtu', '400']
  const identity = ['-key', key ?? '', '-cert', certificate ?? '']
  const server = openssl(t, ['s_server', '-accept', `127.0.0.1:${port}`, ...identity, ...common])
  await said(server, 'ACCEPT')
  const relay = await startRelay(t, port)
  const exporting = ['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', `${bytes}`]
  const client = openssl(t, [
    's_client',
    '-connect',
    `127.0.0.1:${relay.port}`,
    '-keylogfile',
    log ?? '',
    ...common,
    ...exporting,
  ])
  const text = await said(client, /Keying material: ([\dA-F]+)\s/)
  const exported = /Keying material: ([\dA-F]+)/.exec(text)?.[1]?.toLowerCase() ?? ''
  return { datagrams: relay.datagrams, keyLog: readFileSync(log ?? ''), exported }
}

function openssl(t: TestContext, args: readonly string[]): ChildProcess {
  const child = spawn('openssl', args, { stdio: 'pipe' })
  t.after(() => child.kill('SIGKILL'))
  return child
}

function said(child: ChildProcess, words: string | RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  const listen = (piece: Buffer) => {
    text += piece.toString('latin1')
    if (typeof words === 'string' ? text.includes(words) : words.test(text)) resolve(text)
  }
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)
  child.on('exit', () => reject(new Error(`ended too early: ${text}`)))
  return promise
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

async function startRelay(t: TestContext, serverPort: number) {
  const [near, far] = [await bound(), await bound()]
  t.after(() => {
    near.close()
    far.close()
  })
  const datagrams: { isFromClient: boolean; bytes: Buffer }[] = []
  let clientPort = 0
  near.on('message', (datagram, { port }) => {
    clientPort = port
    datagrams.push({ isFromClient: true, bytes: datagram })
    far.send(datagram, serverPort, '127.0.0.1')
  })
  far.on('message', (datagram) => {
    datagrams.push({ isFromClient: false, bytes: datagram })
    near.send(datagram, clientPort, '127.0.0.1')
  })
  return { port: near.address().port, datagrams }
}
