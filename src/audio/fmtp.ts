// One parameter out of a format's parameters (`octet-align=1; mode-set=7`), undefined without it.

/** Names are compared without regard to case (RFC 4855 §3). */
export function fmtpValue(fmtp: string | undefined, name: string): string | undefined {
  for (const part of fmtp?.split(';') ?? []) {
    const equals = part.indexOf('=')
    if (equals < 0) continue
    if (part.slice(0, equals).trim().toLowerCase() === name) return part.slice(equals + 1).trim()
  }
  return undefined
}
