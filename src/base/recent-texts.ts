// Bytes of a text in, the text out: the same text as before where one of the last ones had the same
// bytes. Comparing is quicker than making a text, and leaves the collector nothing.

const SLOTS = 16_384
/** Longer texts hardly repeat. */
const CHARS_MAX = 64

export class RecentTexts {
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => '')

  /** The UTF-8 text from `start` to `end`. */
  text(bytes: Buffer, start: number, end: number): string {
    const length = end - start
    if (length > CHARS_MAX) return bytes.toString('utf8', start, end)
    const slot = slotOf(bytes, start, end)
    const recent = this.#texts[slot] ?? ''
    if (recent.length === length && isText(bytes, start, recent)) return recent
    const text = bytes.toString('utf8', start, end)
    this.#texts[slot] = text
    return text
  }
}

function slotOf(bytes: Buffer, start: number, end: number): number {
  let hash = end - start
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  return (hash ^ (hash >>> 15)) & (SLOTS - 1)
}

/** True for an ASCII text of these bytes; any other is never the same as its bytes. */
function isText(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit !== bytes[start + i] || unit > 127) return false
  }
  return true
}
