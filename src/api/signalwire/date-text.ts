// Times in the vendor's form, both ways: RFC 2822 with a numeric zone out; the same, ISO 8601 or a
// bare day in. It shows whole seconds, so what it reads is compared as whole seconds too.
import { Failure } from '../../base/failure.ts'
import { readTimeText } from '../../query/time-text.ts'

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

/** Reads a time, µs since 1970, whole seconds. @throws Failure `bad-input` */
export function readDate(text: string): number {
  const rfc = RFC_2822.exec(text)
  if (rfc === null) {
    // An integer is a time for us, and none for this vendor.
    if (/^\d+$/.test(text)) throw new Failure('bad-input', `${text} is no date`)
    const { us } = readTimeText(text)
    return us - (us % SECOND_US)
  }
  const ms = Date.parse(`${rfc[1]} ${rfc[2] === 'Z' ? 'GMT' : rfc[2]}`)
  if (Number.isNaN(ms)) throw new Failure('bad-input', `${JSON.stringify(text)} is no date`)
  return ms * 1000
}
