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
} from '../src/rtp/stream-fields'
import { addWord, setWord, word } from './record'

/** Counts a packet of this payload type; what the table has no room for is counted together. */
export function countPayload(record: usize, payloadType: i32): void {
  const count = word(record, PAYLOAD_COUNT)
  let place = word(record, PAYLOAD_PLACE)
  if (word(record, PAYLOAD_TYPE) !== payloadType || count === 0) {
    place = 0
    while (place < count && word(record, PAYLOADS + place * 2) !== payloadType) place++
    if (place === count) {
      if (count === PAYLOADS_MAX) {
        addWord(record, PAYLOADS_BEYOND, 1)
        return
      }
      setWord(record, PAYLOAD_COUNT, count + 1)
      setWord(record, PAYLOADS + place * 2, payloadType)
    }
    setWord(record, PAYLOAD_TYPE, payloadType)
    setWord(record, PAYLOAD_PLACE, place)
  }
  addWord(record, PAYLOADS + place * 2 + 1, 1)
}

/**
 * Counts a packet with this code point; what comes after the first few is counted with the last.
 */
export function countDscp(record: usize, dscp: i32): void {
  let place = word(record, DSCP_PLACE)
  const count = word(record, DSCP_COUNT)
  if (count === 0 || word(record, DSCPS + place * 2) !== dscp) {
    place = 0
    while (place < count && word(record, DSCPS + place * 2) !== dscp) place++
    if (place === DSCPS_MAX) place = DSCPS_MAX - 1
    else if (place === count) {
      setWord(record, DSCPS + place * 2, dscp)
      setWord(record, DSCP_COUNT, count + 1)
    }
    setWord(record, DSCP_PLACE, place)
  }
  addWord(record, DSCPS + place * 2 + 1, 1)
}
