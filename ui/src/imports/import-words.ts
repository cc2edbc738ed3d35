// What an import did, in one sentence.
import type { ImportResult } from '../api/types.ts'
import { countOf } from '../text/quantity.ts'

/** `Read 14 frames: 14 messages in 3 legs, 3 calls, no problems, in 0.1 s.` */
export function resultInWords(result: ImportResult): string {
  const read = `Read ${countOf(result.frames, 'frame')}`
  if (result.messages === 0) return `${read}: no SIP message in them.`
  const parts = [
    `${countOf(result.messages, 'message')} in ${countOf(result.legs, 'leg')}`,
    countOf(result.calls, 'call'),
    result.problems === 0 ? 'no problems' : countOf(result.problems, 'problem'),
    `in ${result.seconds.toFixed(1)} s`,
  ]
  const before = result.messages - result.messagesAdded
  return `${read}: ${parts.join(', ')}.${beforeInWords(before, result.messages)}`
}

function beforeInWords(before: number, messages: number): string {
  if (before === 0) return ''
  if (before === messages) return ' All of it was here before; nothing was added.'
  return ` ${countOf(before, 'message')} of them were here before.`
}
