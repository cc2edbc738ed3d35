// Tells whether bytes, on any port, begin a SIP message. One look at the first bytes turns away
// nearly everything else; what remains must name SIP in its first line. Reads no headers.
import { IS_START_LINE, readStartLine, StartLine } from './start-line.ts'

const scratch = new StartLine()

/**
 * True where a SIP message begins at `start`, leading line ends allowed (RFC 3261 §7.5). Meant for
 * whole datagrams; linear in the length of the first line. HTTP, RTSP, SSDP and MGCP name
 * themselves in their first line, and RTP, RTCP, STUN, DTLS and DNS have no such line at all.
 */
export function looksLikeSip(bytes: Buffer, start: number, end: number): boolean {
  return readStartLine(bytes, start, end, true, scratch) === IS_START_LINE
}
