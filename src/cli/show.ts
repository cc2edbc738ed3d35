// earshot show: a call in the terminal: verdict, facts, and the ladder over all its legs.
import { Failure } from '../base/failure.ts'
import type { CallNote } from '../calls/call-note.ts'
import type { Call, MessageRow } from '../calls/leg.ts'
import { formatTime } from '../query/export.ts'
import { type Command, readArguments } from './command.ts'
import { legsOf } from './export.ts'
import { drawLadder } from './ladder.ts'
import { printable, writeLine } from './output.ts'
import { withFinder } from './store-reading.ts'

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
      const [first] = await legsOf(finder, [name])
      const call = first === undefined ? undefined : await finder.callByKey(first.callKey)
      if (call === undefined) throw new Failure('not-found', `no call has the Call-ID ${name}`)
      const messages = await finder.messagesOf(call.legs)
      const notes = await finder.notesOf(call.legs)
      if (args.has('json')) await writeLine(JSON.stringify({ call, messages, notes }))
      else {
        for (const line of callLines(call, messages)) await writeLine(line)
        for (const line of noteLines(notes)) await writeLine(line)
      }
      return 0
    })
  },
}

function* callLines(call: Call, messages: readonly MessageRow[]): Generator<string> {
  const who = `${call.from ?? 'unknown'} → ${call.to ?? 'unknown'}`
  yield printable(`${who}: ${call.verdict}`)
  yield `${formatTime(call.startUs)} UTC, ${call.state}, call ${call.callKey}`
  for (const [i, leg] of call.legs.entries()) {
    const join = call.joins.find(({ legKey }) => legKey === leg.legKey)
    const why = join === undefined ? '' : `, joined by ${join.header}: ${join.value}`
    yield printable(`leg ${i + 1}: ${leg.callId ?? 'without Call-ID'} (${leg.state}${why})`)
  }
  yield ''
  yield* drawLadder(messages, { width: process.stdout.columns ?? 120 })
}

/** Logs and call records that came with the call, each under its time. */
function* noteLines(notes: readonly CallNote[]): Generator<string> {
  if (notes.length > 0) yield ''
  for (const { tUs, text } of notes) yield printable(`${formatTime(tUs)}  ${text.trim()}`)
}
