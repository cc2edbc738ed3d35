// A payload that some agent packed in, what it holds out: gzip or zlib, or a SIP message as a text
// inside JSON. Bounded, and undefined for whatever does not unpack; the bytes as they came are kept
// elsewhere, so that the same is done again whenever somebody reads them.
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { unpackedBytesMax } from '../unpacked-bytes.ts'

const GZIP_MAGIC = 0x1f
/** A zlib header: method 8, and a check that makes both bytes a multiple of 31 (RFC 1950 §2.2). */
const ZLIB_METHOD = 8
const BRACE = 0x7b

/**
 * What lies inside the wrapping; undefined where the bytes are not wrapped or damaged. Where they
 * are packed for sure, a bare deflate stream, which nothing marks, is tried too; what was unpacked
 * is not packed again.
 */
export function unwrapPayload(
  bytes: Uint8Array,
  packing: 'surely' | 'maybe' | 'no' = 'maybe',
): Buffer | undefined {
  const [first = 0, second = 0] = bytes
  if (first === BRACE) return packing === 'surely' ? undefined : payloadOfJson(bytes)
  if (packing === 'no') return undefined
  const isGzip = first === GZIP_MAGIC && second === 0x8b
  const isZlib = (first & 15) === ZLIB_METHOD && (first * 256 + second) % 31 === 0
  if (!isGzip && !isZlib && packing !== 'surely') return undefined
  const options = { maxOutputLength: unpackedBytesMax(bytes.length) }
  try {
    if (isGzip) return gunzipSync(bytes, options)
    return isZlib ? inflateSync(bytes, options) : inflateRawSync(bytes, options)
  } catch {
    return undefined
  }
}

/** The text under `payload` of a JSON object, as VoIPmonitor and Kamailio send SIP. */
function payloadOfJson(bytes: Uint8Array): Buffer | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    const isObject = typeof value === 'object' && value !== null && 'payload' in value
    if (!isObject || typeof value.payload !== 'string') return undefined
    return Buffer.from(value.payload, 'utf8')
  } catch {
    return undefined
  }
}
