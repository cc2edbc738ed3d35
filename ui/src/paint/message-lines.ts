// A raw message in, its lines out with what each part is, for colouring. A reading aid that never
// fails: the parser of the server says what is right and wrong about a message, this does not.

/** One line as written, without its line end. */
export type MessageLine =
  | { readonly part: 'start' | 'fold' | 'blank' | 'odd'; readonly text: string }
  | {
      readonly part: 'header'
      readonly name: string
      /** From the colon on. */
      readonly rest: string
      /** Full name where a compact form was used (RFC 3261 §7.3.3). */
      readonly fullName: string | null
    }
  | { readonly part: 'sdp'; readonly type: string; readonly rest: string }
  | { readonly part: 'body'; readonly text: string }

/** Lines beyond this are not shown; the download has them. */
export const LINES_MAX = 3000
/** Longer lines are cut for show. */
export const LINE_CHARACTERS_MAX = 8000

/** Compact forms of the IANA register, and the names they stand for. */
const FULL_NAMES: ReadonlyMap<string, string> = new Map([
  ['a', 'Accept-Contact'],
  ['b', 'Referred-By'],
  ['c', 'Content-Type'],
  ['d', 'Request-Disposition'],
  ['e', 'Content-Encoding'],
  ['f', 'From'],
  ['i', 'Call-ID'],
  ['j', 'Reject-Contact'],
  ['k', 'Supported'],
  ['l', 'Content-Length'],
  ['m', 'Contact'],
  ['n', 'Identity-Info'],
  ['o', 'Event'],
  ['r', 'Refer-To'],
  ['s', 'Subject'],
  ['t', 'To'],
  ['u', 'Allow-Events'],
  ['v', 'Via'],
  ['x', 'Session-Expires'],
  ['y', 'Identity'],
])

/** The lines of a message; `isCut` when it has more than are shown. */
export function linesOf(rawText: string): { lines: MessageLine[]; isCut: boolean } {
  // One more piece than is shown tells that there are more; the rest need not be cut up.
  const texts = rawText.split(/\r\n|\n|\r/, LINES_MAX + 1)
  if (texts.at(-1) === '') texts.pop()
  const lines: MessageLine[] = []
  let isBody = false
  for (const whole of texts.slice(0, LINES_MAX)) {
    const text =
      whole.length > LINE_CHARACTERS_MAX ? `${whole.slice(0, LINE_CHARACTERS_MAX)}…` : whole
    if (isBody) {
      lines.push(bodyLine(text))
    } else if (text === '') {
      lines.push({ part: 'blank', text })
      // Blank lines before the start line are keep-alives, not the end of the headers.
      isBody = lines.some((line) => line.part === 'start')
    } else {
      lines.push(headLine(text, lines))
    }
  }
  return { lines, isCut: texts.length > LINES_MAX }
}

function headLine(text: string, before: readonly MessageLine[]): MessageLine {
  if (!before.some((line) => line.part === 'start')) return { part: 'start', text }
  if (text.startsWith(' ') || text.startsWith('\t')) return { part: 'fold', text }
  const colon = text.indexOf(':')
  if (colon <= 0) return { part: 'odd', text }
  const name = text.slice(0, colon)
  const fullName = FULL_NAMES.get(name.trim().toLowerCase()) ?? null
  return { part: 'header', name, rest: text.slice(colon), fullName }
}

function bodyLine(text: string): MessageLine {
  if (/^[a-z]=/.test(text)) return { part: 'sdp', type: text.slice(0, 1), rest: text.slice(1) }
  return { part: 'body', text }
}
