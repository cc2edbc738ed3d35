// The hops that the INVITEs of one attempt took in, what the hop of another message says of it out.
// A proxy answers upstream once, whatever its branches say (RFC 3261 §16.7), and cancels those that
// it needs no more (§16.8, §16.10): the first hop alone tells what the caller did and was told.
import type { Path } from './leg-record.ts'

/** Takes a message's path as its index in the table of the trail. */
export class AttemptHops {
  readonly #paths: readonly Path[]
  /** The path that the attempt's INVITE took first. */
  #first: Path | undefined
  #isForked = false
  /** Hops that the INVITE was sent on by, and that nothing came back on. */
  #silent: Path[] = []

  constructor(paths: readonly Path[]) {
    this.#paths = paths
  }

  /** Its sender tried other ends too: a proxy, and what it was told is not what it tells. */
  get isForked(): boolean {
    return this.#isForked
  }

  begin(path: number): void {
    this.#first = this.#paths[path]
    this.#isForked = false
    this.#silent = this.#first === undefined ? [] : [this.#first]
  }

  /** A further INVITE of the attempt: the next hop's, or another branch of the same sender. */
  add(path: number): void {
    const { dst, dstPort } = this.#paths[path] ?? {}
    const isElsewhere = dst !== this.#first?.dst || dstPort !== this.#first?.dstPort
    if (isElsewhere && this.isFromSender(path)) this.#isForked = true
    const found = this.#paths[path]
    if (found !== undefined && !this.#silent.includes(found)) this.#silent.push(found)
  }

  /** An answer to the INVITE, whatever it says. Over TCP and through NAT ports may be others. */
  answer(path: number): void {
    if (this.#silent.length === 0) return
    const { src, dst, srcPort } = this.#paths[path] ?? {}
    this.#silent = this.#silent.filter(
      (hop) => hop.dst !== src || (src === dst && hop.dstPort !== srcPort),
    )
  }

  /** The last address that the INVITE was sent to and that answered nothing, to this sender. */
  silentTo(sender: string | null): string | null {
    const hop = this.#silent.findLast(({ src }) => sender === null || src === sender)
    return hop?.dst ?? null
  }

  /** Address that a message came from. */
  sourceOf(path: number): string | null {
    return this.#paths[path]?.src ?? null
  }

  /** True for what whoever sent the attempt sent; for all while no INVITE was seen. */
  isFromSender(path: number): boolean {
    const found = this.#paths[path]
    return this.#isSender(found?.src, found?.srcPort)
  }

  /** The same for what came back to the sender. */
  isToSender(path: number): boolean {
    const found = this.#paths[path]
    return this.#isSender(found?.dst, found?.dstPort)
  }

  /**
   * On one host the ports tell the ends apart. Between hosts they tell nothing: each connection has
   * its own, and answers over UDP may go to the port of the Via (RFC 3261 §18.2.2).
   */
  #isSender(address: string | undefined, port: number | undefined): boolean {
    const first = this.#first
    if (first === undefined) return true
    return address === first.src && (port === first.srcPort || first.src !== first.dst)
  }
}
