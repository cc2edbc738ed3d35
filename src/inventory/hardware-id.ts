// Hardware ids as phones and people write them in, one form of each out: a MAC address as twelve
// lower-case digits, any other name in lower case. Also the MAC that stands in a longer text.

const MAC = /^(?:[\da-f]{2}[:.-]?){5}[\da-f]{2}$|^(?:[\da-f]{4}[.-]){2}[\da-f]{4}$/i
/** Twelve digits that nothing alike surrounds. */
const MAC_WITHIN = /(?<![\da-z])(?:[\da-f]{2}([:-]?)(?:[\da-f]{2}\1){4}[\da-f]{2})(?![\da-z])/gi

/** `00:1B-2C…` and `001b2c…` are one phone; a name is compared in lower case (RFC 4343 §3). */
export function comparableHardwareId(text: string): string {
  const trimmed = text.trim().toLowerCase()
  return MAC.test(trimmed) ? trimmed.replace(/[:.-]/g, '') : trimmed.replace(/\.$/, '')
}

/** `001b2c3d4e5f` as people read it; another id as it is. */
export function formatHardwareId(hardwareId: string): string {
  if (!/^[\da-f]{12}$/.test(hardwareId)) return hardwareId
  return hardwareId.match(/../g)?.join(':') ?? hardwareId
}

/**
 * The MAC address in a User-Agent or a Contact, as phones put it there; undefined where there is
 * none. Twelve plain decimal digits are taken for a date or a serial number.
 */
export function macWithin(text: string): string | undefined {
  for (const [found, separator] of text.matchAll(MAC_WITHIN)) {
    if (separator !== '' || /[a-f]/i.test(found)) return comparableHardwareId(found)
  }
  return undefined
}
