// In: a capture with its truth. Out: which messages of the truth Earshot lacks and which it has
// beyond it, and which streams it measures otherwise, when the capture goes through the real
// program. Compares, and judges nothing.
//
//   node test/captures/compare.ts FOLDER [NAME…]     exit 1 on a difference that is not listed
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { differences } from './differences.ts'
import { compareStreams, type ListedStream, readStreamTruth } from './stream-truth.ts'
import { readTruth } from './truth.ts'
import type { ComparedMessage } from './truth.ts'

const earshot = join(import.meta.dirname, '../../bin/earshot')
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024
const run = promisify(execFile)

/** What the comparison of one capture found; all lists are empty where all is well. */
export interface Comparison {
  readonly name: string
  readonly missing: readonly string[]
  readonly extra: readonly string[]
  /** Streams of the truth that are not found, or measured otherwise. */
  readonly streams: readonly string[]
}

/** Captures in a folder that have a truth beside them: file names, in order. */
export function capturesWithTruth(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => /\.(?:pcap|pcapng)$/.test(file))
    .filter((file) => existsSync(join(folder, truthOf(file))))
    .sort()
}

/** Imports one capture into an empty store of its own and compares its messages with the truth. */
export async function compareCapture(folder: string, file: string): Promise<Comparison> {
  const data = mkdtempSync(join(tmpdir(), 'earshot-capture-'))
  try {
    // Code 1 tells of a damaged capture; what could be read of it is compared all the same.
    await earshotLines('import', join(folder, file), '--data', data)
    const lines = await earshotLines('messages', '--data', data)
    const streams = await earshotLines('streams', '--data', data)
    return {
      name: file,
      ...compareMessages(readTruth(join(folder, truthOf(file))), lines.map(messageOfLine)),
      streams: compareStreams(
        readStreamTruth(join(folder, streamTruthOf(file))),
        streams.map(streamOfLine),
      ),
    }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

/** Messages that only one side has, each as often as it has more of them. */
export function compareMessages(
  truth: readonly ComparedMessage[],
  found: readonly ComparedMessage[],
): { missing: string[]; extra: string[] } {
  const counts = new Map<string, number>()
  for (const message of truth) add(counts, lineOf(message), 1)
  for (const message of found) add(counts, lineOf(message), -1)
  const missing: string[] = []
  const extra: string[] = []
  for (const [line, count] of counts) {
    for (let n = 0; n < Math.abs(count); n++) (count > 0 ? missing : extra).push(line)
  }
  return { missing: missing.sort(), extra: extra.sort() }
}

/** Why a comparison is not as it should be; undefined where it is clean or as listed. */
export function unexplained({ name, missing, extra, streams }: Comparison): string | undefined {
  const listed = differences.find((one) => one.capture === name)
  const want = { missing: 0, extra: 0, streams: 0, ...listed }
  const isAsListed =
    missing.length === want.missing &&
    extra.length === want.extra &&
    streams.length === want.streams
  if (isAsListed) return undefined
  const lines = [
    ...missing.map((line) => `  - ${line}`),
    ...extra.map((line) => `  + ${line}`),
    ...streams.map((line) => `  ~ ${line}`),
  ]
  const shown = lines.length > 40 ? [...lines.slice(0, 40), '  …'] : lines
  return [
    `${name}: ${missing.length} missing (listed ${want.missing}), ` +
      `${extra.length} extra (listed ${want.extra}), ` +
      `${streams.length} streams (listed ${want.streams})`,
    ...shown,
  ].join('\n')
}

function streamTruthOf(file: string): string {
  return file.replace(/\.(?:pcap|pcapng)$/, '.truth.json')
}

function streamOfLine(line: string): ListedStream {
  const stream: ListedStream = JSON.parse(line)
  return stream
}

function truthOf(file: string): string {
  return file.replace(/\.(?:pcap|pcapng)$/, '.sip.tsv')
}

async function earshotLines(...args: string[]): Promise<string[]> {
  const options = { maxBuffer: OUTPUT_BYTES_MAX, env: { ...process.env, NO_COLOR: '1' } }
  const { stdout } = await run(earshot, [...args, '--json'], options).catch((error: unknown) => {
    if (isDamageReport(error)) return error
    throw error
  })
  return stdout.split('\n').filter((line) => line !== '')
}

/** `import` ends with 1 where a file could not be read to its end, and reports what it has. */
function isDamageReport(error: unknown): error is { code: 1; stdout: string } {
  if (typeof error !== 'object' || error === null) return false
  const { code, stdout } = { code: undefined, stdout: undefined, ...error }
  return code === 1 && typeof stdout === 'string' && stdout !== ''
}

function messageOfLine(line: string): ComparedMessage {
  const message: ComparedMessage = JSON.parse(line)
  return message
}

function add(counts: Map<string, number>, line: string, count: number): void {
  counts.set(line, (counts.get(line) ?? 0) + count)
}

function lineOf(message: ComparedMessage): string {
  const { tUs, src, srcPort, dst, dstPort, transport, method, status, callId } = message
  const ends = `${src}:${srcPort} → ${dst}:${dstPort}`
  return `${tUs} ${transport} ${ends} ${method} ${status ?? ''} ${JSON.stringify(callId)}`
}

if (import.meta.main) {
  const [folder = import.meta.dirname, ...names] = process.argv.slice(2)
  const files = capturesWithTruth(folder).filter((file) => {
    return names.length === 0 || names.some((name) => file.includes(name))
  })
  let bad = 0
  for (const file of files) {
    const why = unexplained(await compareCapture(folder, file))
    if (why === undefined) continue
    bad++
    console.log(why)
  }
  console.log(`${files.length} captures compared, ${bad} with differences that are not listed`)
  process.exitCode = bad === 0 ? 0 : 1
}
