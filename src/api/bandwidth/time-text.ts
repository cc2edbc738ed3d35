// Times in the vendor's form: ISO 8601 in UTC, milliseconds only where there are any.

/** `2014-12-19T19:13:09Z`, or `2014-12-19T19:13:09.250Z`. */
export function formatTime(tUs: number): string {
  return new Date(Math.floor(tUs / 1000)).toISOString().replace('.000Z', 'Z')
}
