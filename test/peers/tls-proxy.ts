// Kamailio as a proxy between clients over UDP or TCP and a server over TLS, for tests: it checks
// the server's certificate, adds its Via, and stays on the way of everything that follows.
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import { programPath, runBeside } from './programs.ts'

const MODULES = ['tm', 'sl', 'rr', 'pv', 'tls']
const MODULE_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib']

/** For a test's `skip`: false where Kamailio and its TLS are there. */
export function whyNoTlsProxy(): string | false {
  if (programPath('kamailio') === undefined) return 'kamailio is not installed'
  const isThere = MODULE_FOLDERS.some((folder) => existsSync(`${folder}/kamailio/modules/tls.so`))
  return isThere ? false : 'kamailio-tls-modules is not installed'
}

export interface ProxyWishes {
  /** For its configuration. */
  readonly folder: string
  /** UDP and TCP, where clients send to; and its own end towards the server. */
  readonly port: number
  readonly tlsPort: number
  /** Where it sends every request of a client on to, and what the server must show. */
  readonly serverPort: number
  readonly certificateFile: string
  readonly keyFile: string
}

/** Starts it; resolves when it takes connections. It is gone after the test. */
export async function startTlsProxy(
  t: Pick<TestContext, 'after'>,
  wishes: ProxyWishes,
): Promise<void> {
  const { folder } = wishes
  const config = join(folder, 'kamailio.cfg')
  const tlsConfig = join(folder, 'tls.cfg')
  writeFileSync(config, configOf(wishes, tlsConfig))
  writeFileSync(tlsConfig, tlsConfigOf(wishes))
  const flags = ['-f', config, '-DD', '-E', '-m', '32', '-M', '8', '-n', '1', '-N', '1']
  const child = runBeside(t, programPath('kamailio') ?? '', [...flags, '-w', folder, '-Y', folder])
  while (!(await takesConnections(wishes.port))) {
    if (child.exitCode !== null) throw new Error(`kamailio ended: ${readFileSync(config, 'utf8')}`)
    await sleep(50)
  }
}

function configOf({ port, tlsPort, serverPort }: ProxyWishes, tlsConfig: string): string {
  return `#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
listen=tls:127.0.0.1:${tlsPort}
${MODULES.map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("tls", "config", "${tlsConfig}")
modparam("rr", "enable_full_lr", 1)
request_route {
  # What belongs to a dialog follows the route that was recorded, in either direction.
  if (loose_route()) {
    t_relay();
    exit;
  }
  if ($rm == "ACK") {
    if (t_check_trans()) t_relay();
    exit;
  }
  record_route();
  $du = "sip:127.0.0.1:${serverPort};transport=tls";
  t_relay();
  exit;
}
`
}

function tlsConfigOf({ certificateFile, keyFile }: ProxyWishes): string {
  const own = `certificate = ${certificateFile}\nprivate_key = ${keyFile}`
  return `[server:default]
method = TLSv1.2+
${own}
[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
ca_list = ${certificateFile}
${own}
`
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const found = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return found
}
