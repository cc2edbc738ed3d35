// The present, for the few places of the pages that need it. Everything pure is handed a time.

/** Now, in µs since 1970, to the millisecond that browsers tell. */
export function nowUs(): number {
  return Date.now() * 1000
}
