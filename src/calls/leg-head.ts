// A message in, what it says of the leg it belongs to: who is about, and what joins it to others.
import { cutPart, cutText } from '../base/cut-text.ts'
import { limits } from '../base/limits.ts'
import { compactForm, headerKey } from '../sip/header-name.ts'
import { HEADER_FROM, HEADER_TO } from '../sip/index-fields.ts'
import type { SipMessage } from '../sip/message.ts'
import { chargingIdentity, dialogOf, replacedByReferral } from '../sip/named-dialog.ts'
import { parseSessionId } from '../sip/session-id.ts'
import { comparableConversation } from './keys.ts'
import { type JoinKey, type LegHead, sortedJoinKeys } from './leg-record.ts'

/** Which headers tie legs together and name conversations. */
export interface JoinSettings {
  /**
   * Session-ID and the headers that name another dialog are read as their RFCs say; any other
   * value is one that legs share, or a Call-ID.
   */
  readonly joinHeaders: readonly string[]
  /** `evidence`: also where no header ties them, see onward-legs.ts. */
  readonly joinBy: 'headers' | 'evidence'
  readonly conversationHeaders: readonly string[]
}

/**
 * Tells quickly that a message has none of some headers, by the lengths and first letters of its
 * header names: almost every message has none of those that join legs.
 */
export class HeaderProbe {
  /** By length of the name: a bit for each first letter, whatever its case. */
  readonly #letters = new Int32Array(NAME_CHARS_MAX + 1)

  constructor(names: readonly string[]) {
    for (const name of names) {
      this.#add(name)
      this.#add(compactForm(headerKey(name)) ?? name)
    }
  }

  #add(name: string): void {
    const length = Math.min(name.length, NAME_CHARS_MAX)
    this.#letters[length] = (this.#letters[length] ?? 0) | letterBit(name.charCodeAt(0))
  }

  /** The first line from `from` on that may be one of them; -1 where certainly none is. */
  next(message: SipMessage, from: number): number {
    for (let i = from; i < message.headerCount; i++) {
      const start = message.headerNameStart(i)
      const length = Math.min(message.headerNameEnd(i) - start, NAME_CHARS_MAX)
      const letters = this.#letters[length] ?? 0
      if (letters !== 0 && (letters & letterBit(message.bytes[start] ?? 0)) !== 0) return i
    }
    return -1
  }
}

/** All names as long as this or longer count as one length. */
const NAME_CHARS_MAX = 31

function letterBit(letter: number): number {
  return 1 << (letter & 31)
}

/** The ends of the call as this message names them. */
export function readHead(message: SipMessage): LegHead {
  const from = message.userHost(HEADER_FROM)
  const to = message.userHost(HEADER_TO)
  return {
    from: kept(from.user || undefined),
    to: kept(to.user || undefined),
    fromHost: kept(from.host || undefined),
    toHost: kept(to.host || undefined),
    userAgent: kept(message.header('user-agent') ?? message.header('server')),
  }
}

/** What is kept of a text: hundreds of thousands are held at once, here and by the index. */
function kept(text: string | undefined): string | null {
  return text === undefined ? null : cutText(text, limits.headTextCharsMax)
}

/** Headers of which not the whole value joins, in lower case, and what of it does. */
const joiningParts: ReadonlyMap<string, (text: string) => readonly (string | undefined)[]> =
  new Map([
    ['session-id', sessionUuids],
    ['replaces', (text) => [dialogOf(text)]],
    ['target-dialog', (text) => [dialogOf(text)]],
    ['refer-to', (text) => [replacedByReferral(text)]],
    ['p-charging-vector', (text) => [chargingIdentity(text)]],
  ])

/** The values in this message that other legs of the same call carry too. */
export function readJoinKeys(message: SipMessage, settings: JoinSettings): readonly JoinKey[] {
  const keys: JoinKey[] = []
  for (const header of settings.joinHeaders) {
    const partsOf = joiningParts.get(header.toLowerCase()) ?? ((text: string) => [text])
    for (const text of message.headers(header)) {
      for (const part of partsOf(text)) {
        if (part) keys.push({ header, value: cutPart(part, JOIN_VALUE_CHARS_MAX) })
      }
      if (keys.length >= limits.joinKeysPerLegMax) return sortedJoinKeys(keys)
    }
  }
  return sortedJoinKeys(keys)
}

/** Longer values are cut: they identify nothing more. */
const JOIN_VALUE_CHARS_MAX = 256

/** Both UUIDs of a Session-ID, the nil one apart: each stays the same over all hops. */
function sessionUuids(text: string): (string | undefined)[] {
  const sessionId = parseSessionId(text)
  return [sessionId?.local, sessionId?.remote].filter((uuid) => !/^0*$/.test(uuid ?? ''))
}

/** The conversation id that this message names, null where it names none. */
export function readConversation(message: SipMessage, settings: JoinSettings): string | null {
  for (const header of settings.conversationHeaders) {
    const value = message.header(header)
    if (value === undefined || value === '') continue
    return comparableConversation(cutText(value, JOIN_VALUE_CHARS_MAX))
  }
  return null
}
