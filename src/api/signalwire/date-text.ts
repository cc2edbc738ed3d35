// Times in the vendor's form, both ways: RFC 2822 with a numeric zone out; the same, ISO 8601 or a
// bare day in. It shows whole seconds, so what it reads is compared as whole seconds too.
import { readTimeText } from '../../query/time-text.ts'
import { RequestFailure } from '../http/request-failure.ts'

const SECOND_US = 1_000_000

/** `Wed, 19 Sep 2018 20:00:00 +0000`; null for no time. */
export function formatDate(tUs: number): string
export function formatDate(tUs: number | null): string | null
export function formatDate(tUs: number | null): string | null {
  if (tUs === null) return null
  return new Date(Math.floor(tUs / 1000)).toUTCString().replace(/GMT$/, '+0000')
}

const RFC_2822 =
  /^(?:[A-Z][a-z]{2}, )?(\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)?) (GMT|UTC|Z|[+-]\d{4})$/

/** A parameter's time, µs since 1970, whole seconds. @throws RequestFailure `bad-input` */
export function readDate(name: string, text: string): number {
  const rfc = RFC_2822.exec(text)
  const us = rfc === null ? isoTimeOf(text) : Date.parse(plainDate(rfc)) * 1000
  if (us !== undefined && !Number.isNaN(us)) return us - (us % SECOND_US)
  throw new RequestFailure(
    'bad-input',
    `${name}: expected Wed, 19 Sep 2018 20:00:00 +0000, 2018-09-19T20:00:00Z or 2018-09-19`,
    { field: name },
  )
}

function plainDate([, time, zone]: RegExpExecArray): string {
  return `${time} ${zone === 'Z' ? 'GMT' : zone}`
}

function isoTimeOf(text: string): number | undefined {
  // An integer is a time for us, and none for this vendor.
  if (/^\d+$/.test(text)) return undefined
  try {
    return readTimeText(text).us
  } catch {
    return undefined
  }
}
