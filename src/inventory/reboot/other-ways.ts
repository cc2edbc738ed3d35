// Devices that are told otherwise than by SIP: by an HTTP request, or by a command of the operator.
// Both are begun once and never again; what they answered is kept in a few words.
import { spawn } from 'node:child_process'
import type { CommandWay, HttpWay } from '../entries.ts'
import { inventoryLimits } from '../limits.ts'
import type { RebootTarget } from './job.ts'
import type { NotifyOutcome } from './notify-device.ts'

/** Sends the request. `key` is the same for the same device of the same job, whoever asks. */
export async function tellByHttp(
  way: HttpWay,
  key: string,
  signal: AbortSignal,
): Promise<NotifyOutcome> {
  const { url, method = 'POST', headers = {}, body } = way
  const response = await fetch(url, {
    method,
    headers: { 'idempotency-key': key, ...headers },
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(inventoryLimits.httpMsMax)]),
    ...(body === undefined || method === 'GET' ? {} : { body }),
  })
  // The connection goes back; what the answer says beyond its status is of no interest.
  await response.body?.cancel()
  return { isDone: response.ok, result: `HTTP ${response.status} ${response.statusText}`.trim() }
}

/** Runs the command, without a shell, with the device's names filled in. */
export async function tellByCommand(
  way: CommandWay,
  target: RebootTarget,
  signal: AbortSignal,
): Promise<NotifyOutcome> {
  const [program = '', ...args] = way.command.map((part) => filled(part, target))
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(inventoryLimits.commandMsMax)]),
  })
  let said = ''
  const hear = (bytes: Buffer) => {
    if (said.length < inventoryLimits.resultLengthMax) said += bytes.toString('utf8')
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const [code, killedBy] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...end) => resolve(end))
  })
  const end = code === null ? `ended by ${killedBy}` : `exit code ${code}`
  const result = said.trim() === '' ? end : `${end}: ${said.trim()}`
  return { isDone: code === 0, result: result.slice(0, inventoryLimits.resultLengthMax) }
}

function filled(part: string, { id, name, uri, aor }: RebootTarget): string {
  const values: Readonly<Record<string, string>> = { id, name, uri: uri ?? '', aor: aor ?? '' }
  return part.replace(/\{(id|name|uri|aor)\}/g, (_, key: string) => values[key] ?? '')
}
