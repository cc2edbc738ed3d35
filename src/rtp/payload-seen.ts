// Which payload types and which code points a stream showed, and how often: two small tables in its
// record, of which the latest entry is found without a search.
import {
  DSCP_COUNT,
  DSCP_PLACE,
  DSCPS,
  DSCPS_MAX,
  PAYLOAD_COUNT,
  PAYLOAD_PLACE,
  PAYLOAD_TYPE,
  PAYLOADS,
  PAYLOADS_BEYOND,
  PAYLOADS_MAX,
} from './open-streams.ts'

/** Counts a packet of this payload type; false when the table has no room for yet another one. */
export function countPayload(words: Int32Array, w: number, payloadType: number): boolean {
  if (words[w + PAYLOAD_TYPE] === payloadType && words[w + PAYLOAD_COUNT] !== 0) {
    const at = w + PAYLOADS + (words[w + PAYLOAD_PLACE] as number) * 2 + 1
    words[at] = (words[at] as number) + 1
    return true
  }
  const count = words[w + PAYLOAD_COUNT] as number
  for (let place = 0; place < count; place++) {
    if (words[w + PAYLOADS + place * 2] !== payloadType) continue
    return countAt(words, w, place, payloadType)
  }
  if (count === PAYLOADS_MAX) {
    words[w + PAYLOADS_BEYOND] = (words[w + PAYLOADS_BEYOND] as number) + 1
    return false
  }
  words[w + PAYLOAD_COUNT] = count + 1
  words[w + PAYLOADS + count * 2] = payloadType
  return countAt(words, w, count, payloadType)
}

/**
 * Counts a packet with this code point; what comes after the first few is counted with the last.
 */
export function countDscp(words: Int32Array, w: number, dscp: number): void {
  let place = words[w + DSCP_PLACE] as number
  const count = words[w + DSCP_COUNT] as number
  if (count === 0 || words[w + DSCPS + place * 2] !== dscp) {
    place = 0
    while (place < count && words[w + DSCPS + place * 2] !== dscp) place++
    if (place === DSCPS_MAX) place = DSCPS_MAX - 1
    else if (place === count) {
      words[w + DSCPS + place * 2] = dscp
      words[w + DSCP_COUNT] = count + 1
    }
    words[w + DSCP_PLACE] = place
  }
  const at = w + DSCPS + place * 2 + 1
  words[at] = (words[at] as number) + 1
}

function countAt(words: Int32Array, w: number, place: number, payloadType: number): boolean {
  words[w + PAYLOAD_TYPE] = payloadType
  words[w + PAYLOAD_PLACE] = place
  const at = w + PAYLOADS + place * 2 + 1
  words[at] = (words[at] as number) + 1
  return true
}
