// Bytes of one direction of an HTTP connection in; out whether it turned into a WebSocket, and
// where its first frame stands. Reads the head of a request or an answer and nothing else of HTTP.
// Rules: RFC 6455 §4, RFC 7692 §7 (permessage-deflate).

const BEGINNINGS = ['GET ', 'HTTP/1.']

/** True where an HTTP head that we care about may begin. */
export function beginsHead(bytes: Buffer, start: number, end: number): boolean {
  return BEGINNINGS.some((text) => {
    const length = Math.min(text.length, end - start)
    return length > 0 && bytes.toString('latin1', start, start + length) === text.slice(0, length)
  })
}

export interface UpgradeHead {
  /** Bytes of the head, its empty line included. */
  readonly length: number
  readonly isWebSocket: boolean
}

/** Undefined while the head is not whole. */
export function readUpgradeHead(bytes: Buffer): UpgradeHead | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).toLowerCase().split('\r\n')
  const isStart = first.startsWith('get ') || /^http\/1\.\d 101/.test(first)
  const isUpgrade = lines.some((line) => /^upgrade\s*:\s*websocket\s*$/.test(line))
  return { length: end + 4, isWebSocket: isStart && isUpgrade }
}
