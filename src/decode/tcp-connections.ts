// Addresses and ports in, the TCP direction between them out. Keeps the order of last use, so that
// the longest silent one can go first. Refuses to decide when: tcp.ts holds the bound.
import type { TcpDirection } from './tcp-direction.ts'

/** One number for an address id and a port; ids stay far below 2^37. */
function endpoint(address: number, port: number): number {
  return address * 65_536 + port
}

export class TcpConnections {
  /** By source, then by destination. */
  readonly #bySource = new Map<number, Map<number, TcpDirection>>()
  #oldest: TcpDirection | undefined
  #newest: TcpDirection | undefined
  size = 0

  get oldest(): TcpDirection | undefined {
    return this.#oldest
  }

  find(src: number, srcPort: number, dst: number, dstPort: number): TcpDirection | undefined {
    return this.#bySource.get(endpoint(src, srcPort))?.get(endpoint(dst, dstPort))
  }

  /** Adds a direction that is not there yet, as the newest, and joins it to its reverse. */
  add(direction: TcpDirection): void {
    const source = endpoint(direction.src, direction.srcPort)
    const destination = endpoint(direction.dst, direction.dstPort)
    const destinations = this.#bySource.get(source)
    if (destinations === undefined) this.#bySource.set(source, new Map([[destination, direction]]))
    else destinations.set(destination, direction)
    direction.reverse = this.#bySource.get(destination)?.get(source)
    if (direction.reverse !== undefined) direction.reverse.reverse = direction
    this.#append(direction)
    this.size++
  }

  remove(direction: TcpDirection): void {
    const source = endpoint(direction.src, direction.srcPort)
    const destinations = this.#bySource.get(source)
    destinations?.delete(endpoint(direction.dst, direction.dstPort))
    if (destinations?.size === 0) this.#bySource.delete(source)
    if (direction.reverse !== undefined) direction.reverse.reverse = undefined
    direction.reverse = undefined
    this.#unlink(direction)
    this.size--
  }

  /** Makes a direction the newest. */
  touch(direction: TcpDirection): void {
    if (direction === this.#newest) return
    this.#unlink(direction)
    this.#append(direction)
  }

  #append(direction: TcpDirection): void {
    direction.older = this.#newest
    direction.newer = undefined
    if (this.#newest === undefined) this.#oldest = direction
    else this.#newest.newer = direction
    this.#newest = direction
  }

  #unlink(direction: TcpDirection): void {
    const { older, newer } = direction
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}
