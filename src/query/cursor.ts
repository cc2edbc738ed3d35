// A place in the order of legs as an opaque text for clients, and back.
import { isDay } from '../base/day.ts'
import { Failure } from '../base/failure.ts'
import type { Position } from '../store/contract.ts'

export function formatCursor({ day, id }: Position): string {
  return Buffer.from(`${day} ${id}`).toString('base64url')
}

/** @throws Failure `bad-input` for a text that no page gave out */
export function parseCursor(cursor: string): Position {
  const [day = '', id = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split(' ')
  const number = Number(id)
  if (!isDay(day) || id === '' || !Number.isSafeInteger(number) || number < 0) {
    throw new Failure('bad-input', 'cursor: expected the `next` of an earlier page')
  }
  return { day, id: number }
}
