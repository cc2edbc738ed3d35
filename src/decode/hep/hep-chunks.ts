// The numbers of HEP: chunk types, protocol types and vendors, each with what it stands for. Tables
// only. Source: the HEP/EEP network protocol specification, revision 37.

/** Every HEPv3 packet begins so; `EEP3` is the name that the specification gives it as well. */
export const MAGIC_HEP3 = 0x48455033
export const MAGIC_EEP3 = 0x45455033

/** Magic and total length. */
export const HEADER_BYTES = 6
/** Vendor, type and length of a chunk; the length counts these too. */
export const CHUNK_HEADER_BYTES = 6
/** Longest packet: its length has 16 bits. */
export const HEP_PACKET_BYTES_MAX = 65_535

/** The port that senders use unless told otherwise. */
export const HEP_PORT = 9060

/** Chunks of vendor 0. Types that are not here are kept in the bytes and not read. */
export const CHUNK_IP_FAMILY = 0x01
export const CHUNK_IP_PROTOCOL = 0x02
export const CHUNK_SRC_IP4 = 0x03
export const CHUNK_DST_IP4 = 0x04
export const CHUNK_SRC_IP6 = 0x05
export const CHUNK_DST_IP6 = 0x06
export const CHUNK_SRC_PORT = 0x07
export const CHUNK_DST_PORT = 0x08
export const CHUNK_SECONDS = 0x09
export const CHUNK_MICROSECONDS = 0x0a
export const CHUNK_PROTOCOL_TYPE = 0x0b
export const CHUNK_AGENT_ID = 0x0c
export const CHUNK_AUTH_KEY = 0x0e
export const CHUNK_PAYLOAD = 0x0f
export const CHUNK_PAYLOAD_COMPRESSED = 0x10
export const CHUNK_CORRELATION_ID = 0x11
export const CHUNK_NODE_NAME = 0x13
export const CHUNK_MOS = 0x20
export const CHUNK_R_FACTOR = 0x21
export const CHUNK_JITTER = 0x23

/** Capture protocol types (chunk 0x0b). Agents disagree on some, so that the content decides. */
export const PROTOCOL_SIP = 1
export const PROTOCOL_RTCP = 5
export const PROTOCOL_REPORT = 34
export const PROTOCOL_REPORT_SHORT = 35
export const PROTOCOL_CDR = 60
export const PROTOCOL_LOG = 100
/** Of our own agent: a stream as it was measured there (calls/passed-stream.ts). */
export const PROTOCOL_EARSHOT_STREAM = 0xe5

/** XNS IDP as an IP protocol: what Kamailio writes, and we, for a message that was inside TLS. */
export const PROTOCOL_OF_TLS = 22

/** OpenSIPS: a further correlation id. */
export const VENDOR_OPENSIPS = 3
export const OPENSIPS_CORRELATION = 101

/**
 * Chunks of our own agent. A run is one start of an agent; the sequence counts the packets of a
 * run from 0, and what was dropped before it could be sent is told with every packet.
 */
export const VENDOR_EARSHOT = 0x4553
/** 64 bits: number of this packet within its run. */
export const EARSHOT_SEQUENCE = 1
/** 64 bits: packets that the run has dropped so far. */
export const EARSHOT_DROPPED = 2
/** 64 bits, drawn at the start of the agent. */
export const EARSHOT_RUN = 3
/** 64 bits, from the server: every packet of the run with a number below this is stored. */
export const EARSHOT_STORED = 4

/** IP families, as Linux, BSD and macOS number them. */
export const FAMILY_IP4 = 2
const FAMILIES_IP6 = new Set([10, 24, 28, 30])

export function isIp6Family(family: number): boolean {
  return FAMILIES_IP6.has(family)
}
