// Fields of stream records in memory: reads and writes them by their place (src/rtp/stream-fields.ts).
// Knows where records and their hash table lie; the server says so once (`placeStreams`).
import { DST, NEXT, PORTS, RECORD_DOUBLES, SRC, SSRC } from '../src/rtp/stream-fields'

const RECORD_BYTES: usize = RECORD_DOUBLES * 8

let recordsAt: usize = 0
let bucketsAt: usize = 0
let bucketMask: i32 = 0

/**
 * Says where records begin, where the hash table does, and how many buckets it has (a power of
 * two). A bucket holds the number of its first stream plus one, so that zeros are an empty table.
 */
export function placeStreams(records: usize, buckets: usize, bucketCount: i32): void {
  recordsAt = records
  bucketsAt = buckets
  bucketMask = bucketCount - 1
}

/** Address of a stream's record. */
export function recordOf(stream: i32): usize {
  return recordsAt + <usize>stream * RECORD_BYTES
}

export function double(record: usize, field: i32): f64 {
  return load<f64>(record + ((<usize>field) << 3))
}

export function setDouble(record: usize, field: i32, value: f64): void {
  store<f64>(record + ((<usize>field) << 3), value)
}

export function word(record: usize, field: i32): i32 {
  return load<i32>(record + ((<usize>field) << 2))
}

export function setWord(record: usize, field: i32, value: i32): void {
  store<i32>(record + ((<usize>field) << 2), value)
}

export function addWord(record: usize, field: i32, more: i32): void {
  setWord(record, field, word(record, field) + more)
}

/** The stream between these ends with this SSRC, -1 for none. `ports` has the source's above. */
export function findStream(src: f64, dst: f64, ports: i32, ssrc: i32): i32 {
  let stream = load<i32>(bucketOf(src, dst, ports, ssrc)) - 1
  while (stream >= 0) {
    const record = recordOf(stream)
    const isIt =
      word(record, SSRC) === ssrc &&
      word(record, PORTS) === ports &&
      double(record, SRC) === src &&
      double(record, DST) === dst
    if (isIt) return stream
    stream = word(record, NEXT)
  }
  return -1
}

/** Enters a stream whose ends and SSRC are in its record. */
export function linkStream(stream: i32): void {
  const record = recordOf(stream)
  const bucket = bucketOfRecord(record)
  setWord(record, NEXT, load<i32>(bucket) - 1)
  store<i32>(bucket, stream + 1)
}

/** Takes a stream out again. */
export function unlinkStream(stream: i32): void {
  const record = recordOf(stream)
  const after = word(record, NEXT)
  const bucket = bucketOfRecord(record)
  let before = load<i32>(bucket) - 1
  if (before === stream) {
    store<i32>(bucket, after + 1)
    return
  }
  while (before >= 0) {
    const other = recordOf(before)
    before = word(other, NEXT)
    if (before === stream) {
      setWord(other, NEXT, after)
      return
    }
  }
}

/** Ids of IPv6 addresses lose their upper bits here, and are compared in full. */
function bucketOf(src: f64, dst: f64, ports: i32, ssrc: i32): usize {
  let hash = (ssrc ^ (ports * 31)) * <i32>0x9e3779b1
  hash = (hash ^ (hash >>> 15) ^ <i32>(<i64>src)) * <i32>0x85ebca6b
  hash = (hash ^ (hash >>> 13) ^ <i32>(<i64>dst)) * <i32>0xc2b2ae35
  return bucketsAt + ((<usize>((hash ^ (hash >>> 16)) & bucketMask)) << 2)
}

function bucketOfRecord(record: usize): usize {
  return bucketOf(double(record, SRC), double(record, DST), word(record, PORTS), word(record, SSRC))
}
