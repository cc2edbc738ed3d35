// Kamailio as a proxy that sends what it sees by HEP, for tests: its configuration and its start.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { runBeside } from './programs.ts'

export interface KamailioWishes {
  readonly path: string
  /** For its configuration. */
  readonly folder: string
  readonly port: number
  /** Where it sends every request on to. */
  readonly nextPort: number
  readonly hepPort: number
  readonly hepVersion: 1 | 2 | 3
  readonly authKey?: string
}

const MODULES = ['tm', 'sl', 'pv', 'siptrace']

/** Starts it in the foreground; it is gone after the test. */
export function startKamailio(t: Pick<TestContext, 'after'>, wishes: KamailioWishes): void {
  const config = join(wishes.folder, 'kamailio.cfg')
  writeFileSync(config, configOf(wishes))
  // No fork, logs to stderr, little memory, one child.
  const flags = ['-f', config, '-DD', '-E', '-m', '32', '-M', '8', '-n', '1', '-w', wishes.folder]
  runBeside(t, wishes.path, [...flags, '-Y', wishes.folder])
}

function configOf({ port, nextPort, hepPort, hepVersion, authKey }: KamailioWishes): string {
  const loads = MODULES.map((name) => `loadmodule "${name}.so"`)
  const parameters: [string, string][] = [
    ['duplicate_uri', `"sip:127.0.0.1:${hepPort}"`],
    ['trace_to_database', '0'],
    ['trace_on', '1'],
    ['trace_mode', '1'],
    ['hep_mode_on', '1'],
    ['hep_version', String(hepVersion)],
    ['hep_capture_id', '2026'],
    ...(authKey === undefined ? [] : ([['auth_key', `"${authKey}"`]] as [string, string][])),
  ]
  return [
    '#!KAMAILIO',
    'debug=0',
    'log_stderror=yes',
    'children=1',
    'disable_tcp=yes',
    'auto_aliases=no',
    `listen=udp:127.0.0.1:${port}`,
    ...loads,
    ...parameters.map(([name, value]) => `modparam("siptrace", "${name}", ${value})`),
    'request_route {',
    `  $du = "sip:127.0.0.1:${nextPort}";`,
    '  if (is_method("ACK")) { forward(); exit; }',
    '  t_relay();',
    '  exit;',
    '}',
    '',
  ]
    .map((line) => line.replace('is_method("ACK")', '$rm == "ACK"'))
    .join('\n')
}
