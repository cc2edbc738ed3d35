// The paths, tags and odd methods of one open leg in, the small numbers that its message lines
// carry out, and back to lists when the leg is stored. Keeps no list longer than its limit: what
// comes beyond shares the last number.
import type { AddressTable } from '../base/address-table.ts'
import { cutText } from '../base/cut-text.ts'
import type { Limits } from '../base/limits.ts'
import type { Ends } from '../decode/datagram.ts'
import { ODD_METHOD_BASE, type Path } from './leg-record.ts'
import * as open from './open-legs.ts'

/** Between which ends a message went, and over what: an IP protocol number. */
export interface PathEnds extends Ends {
  readonly transport: number
}

/** Numbers of one further path in `LegMore.paths`. */
const PATH_FIELDS = 5
/** Path numbers of a record: as the first message went, the other way, and all further ones. */
export const PATH_REVERSE = 1
const PATHS_FIXED = 2

export class LegTables {
  readonly #legs: open.OpenLegs
  readonly #addresses: AddressTable
  readonly #limits: Limits

  constructor(legs: open.OpenLegs, addresses: AddressTable, limits: Limits) {
    this.#legs = legs
    this.#addresses = addresses
    this.#limits = limits
  }

  /** Number of a path among those of a leg. */
  pathOf(leg: number, ends: PathEnds): number {
    const { doubles, words } = this.#legs
    const double = this.#legs.doublesOf(leg)
    const word = this.#legs.wordsOf(leg)
    const src = doubles[double + open.LEG_SRC]
    const dst = doubles[double + open.LEG_DST]
    if (words[word + open.LEG_TRANSPORT] === ends.transport) {
      const ports = words[word + open.LEG_PORTS]
      if (ends.src === src && ends.dst === dst) {
        if (ports === ends.srcPort * 0x10000 + ends.dstPort) return 0
      }
      if (ends.src === dst && ends.dst === src) {
        if (ports === ends.dstPort * 0x10000 + ends.srcPort) {
          this.#legs.setFlag(leg, open.FLAG_HAS_REVERSE)
          return PATH_REVERSE
        }
      }
    }
    const room = this.#limits.endpointsPerLegMax - (this.#hasReverse(leg) ? PATHS_FIXED : 1)
    return PATHS_FIXED + furtherPath(this.#legs.more(leg).paths, ends, room)
  }

  /** Number of a tag, given by its 32-bit hash; from 1 up, 0 stands for no tag. */
  tagOf(leg: number, tag: number): number {
    const { words } = this.#legs
    const word = this.#legs.wordsOf(leg)
    const count = words[word + open.LEG_TAG_COUNT] ?? 0
    for (let i = 0; i < count; i++) if (words[word + open.LEG_TAGS + i] === tag) return i + 1
    const fixed = Math.min(open.LEG_TAGS_MAX, this.#limits.tagsPerLegMax)
    if (count < fixed) {
      words[word + open.LEG_TAGS + count] = tag
      words[word + open.LEG_TAG_COUNT] = count + 1
      return count + 1
    }
    const { tags } = this.#legs.more(leg)
    const known = tags.indexOf(tag)
    if (known >= 0) return fixed + known + 1
    const isFull = fixed + tags.length >= this.#limits.tagsPerLegMax
    return fixed + (isFull ? tags.length : tags.push(tag))
  }

  /** Code of a method that has none of its own; 0 for no method, and for those beyond the limit. */
  oddMethod(leg: number, method: string): number {
    if (method === '') return 0
    const name = cutText(method, this.#limits.headTextCharsMax)
    const { methods } = this.#legs.more(leg)
    const known = methods.indexOf(name)
    if (known >= 0) return ODD_METHOD_BASE + known
    if (methods.length >= this.#limits.oddMethodsPerLegMax) return 0
    return ODD_METHOD_BASE + methods.push(name) - 1
  }

  /** The paths of a leg by their numbers. */
  paths(leg: number): Path[] {
    const { doubles, words } = this.#legs
    const double = this.#legs.doublesOf(leg)
    const word = this.#legs.wordsOf(leg)
    const src = this.#addresses.text(doubles[double + open.LEG_SRC] ?? 0)
    const dst = this.#addresses.text(doubles[double + open.LEG_DST] ?? 0)
    const ports = words[word + open.LEG_PORTS] ?? 0
    const [srcPort, dstPort] = [ports >>> 16, ports & 0xffff]
    const transport = words[word + open.LEG_TRANSPORT] ?? 0
    const paths: Path[] = [{ src, srcPort, dst, dstPort, transport }]
    const further = this.#legs.moreIfAny(leg)?.paths ?? []
    if (this.#hasReverse(leg) || further.length > 0) {
      paths.push({ src: dst, srcPort: dstPort, dst: src, dstPort: srcPort, transport })
    }
    for (let at = 0; at < further.length; at += PATH_FIELDS) {
      paths.push({
        src: this.#addresses.text(further[at] ?? 0),
        srcPort: further[at + 1] ?? 0,
        dst: this.#addresses.text(further[at + 2] ?? 0),
        dstPort: further[at + 3] ?? 0,
        transport: further[at + 4] ?? 0,
      })
    }
    return paths
  }

  /** Hashes of the tags of a leg, number 1 first. */
  tags(leg: number): number[] {
    const { words } = this.#legs
    const word = this.#legs.wordsOf(leg)
    const tags: number[] = []
    const count = words[word + open.LEG_TAG_COUNT] ?? 0
    for (let i = 0; i < count; i++) tags.push(words[word + open.LEG_TAGS + i] ?? 0)
    const more = this.#legs.moreIfAny(leg)
    return more === undefined ? tags : tags.concat(more.tags)
  }

  #hasReverse(leg: number): boolean {
    return this.#legs.hasFlag(leg, open.FLAG_HAS_REVERSE)
  }
}

/** The number of a path among the further ones of a leg; those beyond `room` share the last. */
function furtherPath(paths: number[], ends: PathEnds, room: number): number {
  for (let at = 0; at < paths.length; at += PATH_FIELDS) {
    if (
      paths[at] === ends.src &&
      paths[at + 1] === ends.srcPort &&
      paths[at + 2] === ends.dst &&
      paths[at + 3] === ends.dstPort &&
      paths[at + 4] === ends.transport
    ) {
      return at / PATH_FIELDS
    }
  }
  const count = paths.length / PATH_FIELDS
  if (count >= room) return count - 1
  paths.push(ends.src, ends.srcPort, ends.dst, ends.dstPort, ends.transport)
  return count
}
