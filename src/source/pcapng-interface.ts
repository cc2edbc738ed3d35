// An interface description block in, a CaptureInterface out. Reads only the options that change
// what a packet means (name, resolution, offset), and refuses to fail over broken ones.
// Rules: draft-ietf-opsawg-pcapng §3.5 and §4.2.
import type { CaptureInterface } from './frame.ts'
import { u16be, u16le, u32be, u32le } from './integers.ts'

const OPTION_END = 0
const OPTION_NAME = 2
const OPTION_TIME_RESOLUTION = 9
const OPTION_TIME_OFFSET = 14
const OPTIONS_AT = 16
const NAME_BYTES_MAX = 256

export interface ReadInterface {
  readonly interface: CaptureInterface
  readonly hasBrokenOptions: boolean
}

/** Reads the block of `length` bytes at `at`. A block too short for its fields reads as zeros. */
export function readInterface(
  bytes: Buffer,
  at: number,
  length: number,
  isLittleEndian: boolean,
): ReadInterface {
  const u16 = isLittleEndian ? u16le : u16be
  const u32 = isLittleEndian ? u32le : u32be
  const end = at + length - 4
  const isTooShort = length < OPTIONS_AT + 4
  let timeResolution = 6
  let timeOffsetSeconds = 0
  let name: string | undefined
  let option = at + OPTIONS_AT
  while (!isTooShort && end - option >= 4) {
    const code = u16(bytes, option)
    const valueBytes = u16(bytes, option + 2)
    const value = option + 4
    if (code === OPTION_END || value + valueBytes > end) break
    if (code === OPTION_TIME_RESOLUTION && valueBytes >= 1) {
      timeResolution = bytes[value] as number
    } else if (code === OPTION_TIME_OFFSET && valueBytes >= 8) {
      const high = u32(bytes, isLittleEndian ? value + 4 : value)
      const low = u32(bytes, isLittleEndian ? value : value + 4)
      timeOffsetSeconds = (high | 0) * 2 ** 32 + low
    } else if (code === OPTION_NAME) {
      name = bytes.toString('utf8', value, value + Math.min(valueBytes, NAME_BYTES_MAX))
    }
    option = value + ((valueBytes + 3) & ~3)
  }
  return {
    interface: {
      linkType: isTooShort ? 0xffff : u16(bytes, at + 8),
      snapLength: isTooShort ? 0 : u32(bytes, at + 12),
      timeResolution,
      timeOffsetSeconds,
      name,
    },
    hasBrokenOptions: isTooShort || isBrokenOption(bytes, option, end, u16),
  }
}

/** True where the options stopped at something that is not their end. */
function isBrokenOption(bytes: Buffer, option: number, end: number, u16: typeof u16le): boolean {
  return end - option >= 4 && u16(bytes, option) !== OPTION_END
}
