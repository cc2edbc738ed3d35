// The bytes of a STUN message in, whose connectivity check it is out; undefined for all others.
// Its USERNAME says between whom it goes, whatever addresses are on the way (RFC 8445 §7.2.2).
// Verifies nothing: whoever has the ufrags of a call from its descriptions can write such a check.
//
//      0                   1                   2                   3
//     |0 0|     message type 1        |           length              |
//     |                         magic cookie                          |
//     |                    transaction id (12 bytes)                  |
//     |      attribute type           |           length              |  value, padded to 4 bytes …
//                                                                          RFC 8489 §5, §14
import { u16be } from '../source/integers.ts'

const BINDING_REQUEST = 1
const HEADER_BYTES = 20
const ATTRIBUTE_HEAD_BYTES = 4
const USERNAME = 0x0006
/** Longer ones are forbidden (RFC 8489 §14.3). */
const USERNAME_BYTES_MAX = 508

/** Each side's ufrag, as its description has it (RFC 8839 §5.4). */
export interface IceCheck {
  readonly receiver: string
  readonly sender: string
}

/** The check in the STUN message from `start` to `end`. */
export function readIceCheck(bytes: Buffer, start: number, end: number): IceCheck | undefined {
  if (u16be(bytes, start) !== BINDING_REQUEST) return undefined
  for (let at = start + HEADER_BYTES; at + ATTRIBUTE_HEAD_BYTES <= end; ) {
    const valueAt = at + ATTRIBUTE_HEAD_BYTES
    const length = u16be(bytes, at + 2)
    if (u16be(bytes, at) === USERNAME) {
      if (length > USERNAME_BYTES_MAX || valueAt + length > end) return undefined
      return checkOf(bytes.toString('latin1', valueAt, valueAt + length))
    }
    at = valueAt + length + (-length & 3)
  }
  return undefined
}

/** `receiver:sender`: a ufrag has no colon. */
function checkOf(username: string): IceCheck | undefined {
  const [receiver = '', sender = ''] = username.split(':')
  return receiver === '' || sender === '' ? undefined : { receiver, sender }
}
