// earshot show: a call in the terminal: verdict, facts, and the ladder over all its legs.
import { Failure } from '../base/failure.ts'
import type { CallNote } from '../calls/call-note.ts'
import type { Call, MessageRow } from '../calls/leg.ts'
import { formatTime } from '../query/export.ts'
import type { Finder } from '../query/finder.ts'
import { type Command, readArguments } from './command.ts'
import { legsOf } from './export.ts'
import { drawLadder } from './ladder.ts'
import { printable, writeLine } from './output.ts'
import { withFinder } from './store-reading.ts'

/** Earlier calls of one Call-ID that are named; telephones register under one for months. */
const EARLIER_MAX = 10

export const showCommand: Command = {
  usage: 'CALL-ID [--data DIR] [--json]',
  summary: 'shows a call: the verdict, and the ladder over all its legs',
  run: async (argv) => {
    const args = readArguments(argv, { json: { type: 'boolean' } }, ['storage'])
    const [name] = args.positionals
    if (name === undefined || args.positionals.length > 1) {
      throw new Failure('bad-input', 'show: name one Call-ID')
    }
    return withFinder(args.settings.dataFolder, async (finder) => {
      const [call, ...earlier] = await callsOf(finder, name)
      if (call === undefined) throw new Failure('not-found', `no call has the Call-ID ${name}`)
      const messages = await finder.messagesOf(call.legs)
      const notes = await finder.notesOf(call.legs)
      if (args.has('json')) await writeLine(JSON.stringify({ call, messages, notes }))
      else {
        for (const line of callLines(call, messages)) await writeLine(line)
        for (const line of earlierLines(earlier)) await writeLine(line)
        for (const line of noteLines(notes)) await writeLine(line)
      }
      return 0
    })
  },
}

/** The calls that a Call-ID or a call's key names, the latest first. */
async function callsOf(finder: Finder, name: string): Promise<Call[]> {
  const keys = new Set((await legsOf(finder, [name])).map(({ callKey }) => callKey))
  const calls = await Promise.all(Array.from(keys, (key) => finder.callByKey(key)))
  return calls.filter((call) => call !== undefined).sort((a, b) => b.startUs - a.startUs)
}

function* earlierLines(earlier: readonly Call[]): Generator<string> {
  if (earlier.length === 0) return
  yield ''
  yield 'earlier with this Call-ID (show them by their keys):'
  for (const { startUs, callKey, verdict } of earlier.slice(0, EARLIER_MAX)) {
    yield printable(`${formatTime(startUs)}  ${callKey}  ${verdict}`)
  }
  if (earlier.length > EARLIER_MAX) yield `and ${earlier.length - EARLIER_MAX} more`
}

function* callLines(call: Call, messages: readonly MessageRow[]): Generator<string> {
  const who = `${call.from ?? 'unknown'} → ${call.to ?? 'unknown'}`
  yield printable(`${who}: ${call.verdict}`)
  yield `${formatTime(call.startUs)} UTC, ${call.state}, call ${call.callKey}`
  for (const [i, leg] of call.legs.entries()) {
    const join = call.joins.find(({ legKey }) => legKey === leg.legKey)
    const by = join?.header ?? `same ${join?.evidence.join(', ')}`
    const why = join === undefined ? '' : `, joined by ${by}: ${join.value}`
    yield printable(`leg ${i + 1}: ${leg.callId ?? 'without Call-ID'} (${leg.state}${why})`)
    for (const { header, user } of leg.identities) yield printable(`  ${header}: ${user}`)
  }
  yield ''
  yield* drawLadder(messages, { width: process.stdout.columns ?? 120 })
}

/** Logs and call records that came with the call, each under its time. */
function* noteLines(notes: readonly CallNote[]): Generator<string> {
  if (notes.length > 0) yield ''
  for (const { tUs, text } of notes) yield printable(`${formatTime(tUs)}  ${text.trim()}`)
}
