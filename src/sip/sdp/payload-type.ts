// The payload types whose codec needs no rtpmap: number in, name and clock rate out.
//
// RFC 3551 §6, tables 4 and 5. G722's clock rate is 8000 by an old mistake that is kept (§4.5.2).

export interface StaticPayload {
  readonly name: string
  readonly clockRateHz: number
  readonly channels: number
}

const audio8k = (name: string): StaticPayload => ({ name, clockRateHz: 8000, channels: 1 })
const audio = (name: string, clockRateHz: number, channels = 1): StaticPayload => {
  return { name, clockRateHz, channels }
}
const video = (name: string): StaticPayload => ({ name, clockRateHz: 90_000, channels: 1 })

const staticPayloads: ReadonlyMap<number, StaticPayload> = new Map([
  [0, audio8k('PCMU')],
  [3, audio8k('GSM')],
  [4, audio8k('G723')],
  [5, audio8k('DVI4')],
  [6, audio('DVI4', 16_000)],
  [7, audio8k('LPC')],
  [8, audio8k('PCMA')],
  [9, audio8k('G722')],
  [10, audio('L16', 44_100, 2)],
  [11, audio('L16', 44_100)],
  [12, audio8k('QCELP')],
  [13, audio8k('CN')],
  [14, audio('MPA', 90_000)],
  [15, audio8k('G728')],
  [16, audio('DVI4', 11_025)],
  [17, audio('DVI4', 22_050)],
  [18, audio8k('G729')],
  [25, video('CelB')],
  [26, video('JPEG')],
  [28, video('nv')],
  [31, video('H261')],
  [32, video('MPV')],
  [33, video('MP2T')],
  [34, video('H263')],
])

/** First payload type that has no fixed meaning (RFC 3551 §3). */
export const DYNAMIC_PAYLOAD_TYPE_MIN = 96
export const PAYLOAD_TYPE_MAX = 127

/** Codec of a payload type that is assigned once and for all; undefined for all others. */
export function staticPayload(payloadType: number): StaticPayload | undefined {
  return staticPayloads.get(payloadType)
}
