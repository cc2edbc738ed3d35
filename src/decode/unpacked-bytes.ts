// The length of packed bytes in, how many may come out of them: SIP and what agents say of media
// shrink to a tenth, and a kilobyte of nothing but zeros would come to a megabyte to be read.
import { limits } from '../base/limits.ts'

/** Bytes that so many packed ones may come to. */
export function unpackedBytesMax(packedBytes: number): number {
  const { messageBytesMax, unpackedBytesFree, unpackedRatioMax } = limits
  return Math.min(messageBytesMax, Math.max(unpackedBytesFree, packedBytes * unpackedRatioMax))
}
