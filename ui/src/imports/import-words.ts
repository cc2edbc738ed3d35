// What an import did: one sentence, and its problems by code.
import type { ImportResult } from '../api/types.ts'
import { countOf } from '../text/quantity.ts'

/** `Read 14 frames: 14 messages in 3 legs, 3 calls, no problems, in 0.1 s.` */
export function resultInWords(result: ImportResult): string {
  const parts = [
    ...foundInWords(result),
    problemsInWords(result),
    `in ${result.seconds.toFixed(1)} s`,
  ]
  const before = result.messages - result.messagesAdded
  const read = `Read ${countOf(result.frames, 'frame')}`
  return `${read}: ${parts.join(', ')}.${beforeInWords(before, result.messages)}`
}

/** `no problems`, `1 problem`. */
export function problemsInWords({ problems }: ImportResult): string {
  return problems === 0 ? 'no problems' : countOf(problems, 'problem')
}

/** How often each problem was seen, the most frequent first. */
export function problemsOf({ problemCounts }: ImportResult): { code: string; count: number }[] {
  const problems = Object.entries(problemCounts).map(([code, count]) => ({ code, count }))
  return problems.sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
}

/** Sound may have been captured without its signalling, and the other way round. */
function foundInWords({ messages, legs, calls, streams }: ImportResult): string[] {
  if (messages === 0) {
    return ['no SIP message', streams === 0 ? 'no RTP stream' : countOf(streams, 'RTP stream')]
  }
  const sip = [`${countOf(messages, 'message')} in ${countOf(legs, 'leg')}`, countOf(calls, 'call')]
  return streams === 0 ? sip : [...sip, countOf(streams, 'RTP stream')]
}

function beforeInWords(before: number, messages: number): string {
  if (before === 0) return ''
  if (before === messages) return ' All of it was here before; nothing was added.'
  return ` ${countOf(before, 'message')} of them were here before.`
}
