// One datagram carried in every way that decode reads, by link type and through tunnels: for tests.
import { ethernet, hex, ip4, ip6, udp } from './frames.fixture.ts'

export const text = 'OPTIONS sip:a SIP/2.0'
export const inner4 = ip4(udp(text))
export const inner6 = ip6(17, udp(text))
export const innerFrame = ethernet(0x0800, inner4)
export const ends4 = '10.0.0.1 5060 > 10.0.0.2 5062'
const ends6 = '2001:db8::1 5060 > 2001:db8::2 5062'

/** Carries a UDP payload to a port of the outer tunnel. */
function tunnel(dstPort: number, header: string, inside: Buffer): Buffer {
  return outer(udp(joined(header, inside), { dstPort }))
}

/** Carries a UDP payload from a port of the outer tunnel, to any. */
export function answer(srcPort: number, header: string, inside: Buffer): Buffer {
  return outer(udp(joined(header, inside), { srcPort, dstPort: 50_000 }))
}

function outer(datagram: Buffer): Buffer {
  return ethernet(0x0800, ip4(datagram, { src: 'c0a80001', dst: 'c0a80002' }))
}

/** Carries a payload of an IP protocol between other addresses than those inside. */
export function carried(protocol: number, header: string, inside: Buffer): Buffer {
  const outer = { src: 'c0a80001', dst: 'c0a80002', protocol }
  return ethernet(0x0800, ip4(Buffer.concat([hex(header), inside]), outer))
}

export function joined(header: string, inside: Buffer): Buffer {
  return Buffer.concat([hex(header), inside])
}

interface Case {
  readonly name: string
  readonly linkType?: number
  readonly frame: Buffer
  readonly ends?: string
}

export const linkTypes: readonly Case[] = [
  { name: 'Ethernet with IPv4', frame: ethernet(0x0800, inner4) },
  { name: 'Ethernet with IPv6', frame: ethernet(0x86dd, inner6), ends: ends6 },
  { name: 'an 802.1Q tag', frame: ethernet(0x8100, joined('0064 0800', inner4)) },
  { name: 'two tags, 802.1ad', frame: ethernet(0x88a8, joined('0001 8100 0002 0800', inner4)) },
  {
    name: 'three old tags',
    frame: ethernet(0x9100, joined('0001 9100 0002 8100 0003 86dd', inner6)),
    ends: ends6,
  },
  {
    name: '802.3 with LLC and SNAP',
    frame: ethernet(8 + inner4.length, joined('aaaa03 000000 0800', inner4)),
  },
  {
    name: '802.3 with LLC in a tag',
    frame: ethernet(
      0x8100,
      Buffer.concat([hex('0001'), lengthOf(3 + inner4.length), hex('060603'), inner4]),
    ),
  },
  {
    name: 'Linux cooked, version 1',
    linkType: 113,
    frame: joined('0000 0001 0006 0200000000010000 0800', inner4),
  },
  {
    name: 'Linux cooked with a tag',
    linkType: 113,
    frame: joined('0000 0001 0006 0200000000010000 8100 0064 0800', inner4),
  },
  {
    name: 'Linux cooked with LLC',
    linkType: 113,
    frame: joined('0000 0001 0006 0200000000010000 0004 aaaa03 000000 0800', inner4),
  },
  {
    name: 'Linux cooked, version 2',
    linkType: 276,
    frame: joined('86dd 0000 00000001 0001 00 06 0200000000010000', inner6),
    ends: ends6,
  },
  { name: 'raw IP, link type 101', linkType: 101, frame: inner6, ends: ends6 },
  { name: 'raw IP, link type 12', linkType: 12, frame: inner4 },
  { name: 'raw IP, link type 14', linkType: 14, frame: inner4 },
  { name: 'raw IPv4', linkType: 228, frame: inner4 },
  { name: 'raw IPv6', linkType: 229, frame: inner6, ends: ends6 },
  { name: 'BSD loopback, little-endian', linkType: 0, frame: joined('02000000', inner4) },
  { name: 'BSD loopback, big-endian', linkType: 0, frame: joined('00000002', inner4) },
  {
    name: 'BSD loopback with IPv6 of macOS',
    linkType: 0,
    frame: joined('1e000000', inner6),
    ends: ends6,
  },
  { name: 'OpenBSD loopback', linkType: 108, frame: joined('00000018', inner6), ends: ends6 },
  { name: 'PPP', linkType: 9, frame: joined('0021', inner4) },
  {
    name: 'PPP with address and control',
    linkType: 9,
    frame: joined('ff03 0057', inner6),
    ends: ends6,
  },
  { name: 'PPP with a short protocol', linkType: 9, frame: joined('21', inner4) },
  { name: 'PPP on a serial line', linkType: 50, frame: joined('ff03 0021', inner4) },
  { name: 'Cisco HDLC on a serial line', linkType: 50, frame: joined('0f00 0800', inner4) },
  { name: 'PPPoE as a link type', linkType: 51, frame: joined('11 00 0001 0033 0021', inner4) },
  {
    name: 'PPPoE in Ethernet, padded',
    frame: ethernet(0x8864, Buffer.concat([hex('11 00 0001 0033 0021'), inner4, Buffer.alloc(20)])),
  },
  { name: 'Cisco HDLC', linkType: 104, frame: joined('0f00 0800', inner4) },
  { name: 'frame relay with an NLPID', linkType: 107, frame: joined('1841 03 cc', inner4) },
  {
    name: 'frame relay with padding and IPv6',
    linkType: 107,
    frame: joined('1841 03 00 8e', inner6),
    ends: ends6,
  },
  {
    name: 'frame relay with PPP',
    linkType: 107,
    frame: joined('1841 03 cf 0021', inner4),
  },
  {
    name: 'frame relay with SNAP',
    linkType: 107,
    frame: joined('1841 03 00 80 000000 0800', inner4),
  },
  {
    name: 'frame relay with a long address',
    linkType: 107,
    frame: joined('18404001 03 cc', inner4),
  },
  { name: 'frame relay as Cisco does it', linkType: 107, frame: joined('1841 0800', inner4) },
  {
    name: '802.11',
    linkType: 105,
    frame: joined(`0801 0000 ${'00'.repeat(18)} 0000 aaaa03 000000 0800`, inner4),
  },
  {
    name: '802.11 between relays, with QoS',
    linkType: 105,
    frame: joined(
      `8803 0000 ${'00'.repeat(18)} 0000 ${'00'.repeat(6)} 0000 aaaa03 000000 0800`,
      inner4,
    ),
  },
  {
    name: '802.11 with QoS and more control',
    linkType: 105,
    frame: joined(`8881 0000 ${'00'.repeat(18)} 0000 0000 00000000 aaaa03 000000 0800`, inner4),
  },
  {
    name: '802.11 with an aggregate',
    linkType: 105,
    frame: joined(
      `8801 0000 ${'00'.repeat(18)} 0000 8000 ${'00'.repeat(12)} 0039 aaaa03 000000 0800`,
      inner4,
    ),
  },
  {
    name: 'radiotap',
    linkType: 127,
    frame: joined(
      `0000 0900 00000000 00 0801 0000 ${'00'.repeat(18)} 0000 aaaa03 000000 0800`,
      inner4,
    ),
  },
  { name: 'PPP with a direction', linkType: 204, frame: joined('01 ff03 0021', inner4) },
  { name: 'the log of OpenBSD', linkType: 117, frame: pflog(100, inner6), ends: ends6 },
  { name: 'the log of FreeBSD', linkType: 117, frame: pflog(61, inner4) },
  {
    name: 'the log of Linux',
    linkType: 239,
    frame: joined(`02 00 0005 0800 0100 08000301 0500 0a00 00 000000 3500 0900`, inner4),
  },
  {
    name: 'the log of Linux, big-endian',
    linkType: 239,
    frame: joined(`0a 00 0005 0005 000a 00 000000 0049 0009`, inner6),
    ends: ends6,
  },
  { name: 'what IPsec opened', linkType: 109, frame: joined('02000000 00001234 00000003', inner4) },
  {
    name: '802.11 with measurements per packet',
    linkType: 192,
    frame: joined(
      `0000 0c00 69000000 01000000 0801 0000 ${'00'.repeat(18)} 0000 aaaa03 000000 0800`,
      inner4,
    ),
  },
  { name: 'pktap of a Mac', linkType: 258, frame: pktap(1, innerFrame) },
  { name: 'pktap without Ethernet', linkType: 258, frame: pktap(0, joined('02000000', inner4)) },
  { name: 'an E-Tag', frame: ethernet(0x893f, joined('000010010000 8100 0064 0800', inner4)) },
  { name: 'a VN-Tag', frame: ethernet(0x8926, joined('80000001 86dd', inner6)), ends: ends6 },
  { name: 'a security group', frame: ethernet(0x8909, joined('01 01 0001 002a 0800', inner4)) },
]

/** A packet behind what a BSD firewall says of it; `length` leaves the padding out. */
export function pflog(length: number, packet: Buffer): Buffer {
  const header = Buffer.alloc((length + 3) & ~3)
  header[0] = length
  return Buffer.concat([header, packet])
}

export function pktap(linkType: number, frame: Buffer): Buffer {
  const header = Buffer.alloc(108)
  header.writeUInt32LE(header.length, 0)
  header.writeUInt32LE(1, 4)
  header.writeUInt32LE(linkType, 8)
  return Buffer.concat([header, frame])
}

function lengthOf(bytes: number): Buffer {
  return hex(bytes.toString(16).padStart(4, '0'))
}

export const tunnels: readonly Case[] = [
  { name: 'IPv4 in IPv4', frame: carried(4, '', inner4) },
  { name: 'IPv6 in IPv4', frame: carried(41, '', inner6), ends: ends6 },
  { name: 'IPv4 in IPv6', frame: ethernet(0x86dd, ip6(4, inner4)) },
  { name: 'GRE', frame: carried(47, '0000 0800', inner4) },
  {
    name: 'GRE with checksum, key and sequence',
    frame: carried(47, 'b000 86dd 00000000 00000001 00000002', inner6),
    ends: ends6,
  },
  { name: 'GRE with Ethernet', frame: carried(47, '2000 6558 00000001', innerFrame) },
  {
    name: 'GRE of PPTP',
    frame: carried(47, '3081 880b 00330001 00000001 00000002 ff03 0021', inner4),
  },
  { name: 'ERSPAN, type I', frame: carried(47, '0000 88be', innerFrame) },
  {
    name: 'ERSPAN, type II',
    frame: carried(47, '1000 88be 00000001 1064 0005 00000000', innerFrame),
  },
  {
    name: 'ERSPAN, type III',
    frame: carried(47, '1000 22eb 00000001 2064 0005 00000000 0000 0000', innerFrame),
  },
  {
    name: 'ERSPAN, type III, subheader',
    frame: carried(
      47,
      `1000 22eb 00000001 2064 0005 00000000 0000 0001 ${'00'.repeat(8)}`,
      innerFrame,
    ),
  },
  { name: 'MPLS, two labels', frame: ethernet(0x8847, joined('00010040 00011140', inner4)) },
  { name: 'MPLS with IPv6', frame: ethernet(0x8847, joined('00011140', inner6)), ends: ends6 },
  {
    name: 'MPLS with a control word',
    frame: ethernet(0x8847, joined('00011140 00000000', innerFrame)),
  },
  { name: 'MPLS in IP', frame: carried(137, '00011140', inner4) },
  { name: 'Ethernet in IP', frame: carried(97, '3000', innerFrame) },
  { name: 'VXLAN', frame: tunnel(4789, '08000000 00002a00', innerFrame) },
  { name: 'VXLAN with a policy group', frame: tunnel(4789, '88000007 00002a00', innerFrame) },
  {
    name: 'VXLAN at its old port',
    frame: tunnel(8472, '08000000 00002a00', ethernet(0x8100, joined('0001 0800', inner4))),
  },
  {
    name: 'Geneve with options',
    frame: tunnel(6081, '0200 6558 00002a00 0000000100000002', innerFrame),
  },
  { name: 'Geneve with IP', frame: tunnel(6081, '0000 0800 00002a00', inner4) },
  { name: 'GTP-U', frame: tunnel(2152, '30ff 0031 00001234', inner4) },
  {
    name: 'GTP-U with a sequence number',
    frame: tunnel(2152, '32ff 0035 00001234 0001 00 00', inner4),
  },
  {
    name: 'GTP-U with an extension',
    frame: tunnel(2152, '34ff 0039 00001234 0000 00 85 01000900', inner4),
  },
  {
    name: 'VXLAN of the generic extension',
    frame: tunnel(4790, '0c000003 00002a00', innerFrame),
  },
  {
    name: 'VXLAN of the generic extension with IPv6',
    frame: tunnel(4790, '0c000002 00002a00', inner6),
    ends: ends6,
  },
  { name: 'L2TP', frame: tunnel(1701, '0002 0007 0001 ff03 0021', inner4) },
  {
    name: 'L2TP with every field',
    frame: tunnel(1701, '4a02 0044 0007 0001 0001 0002 0003 000000 0021', inner4),
  },
  { name: 'an answer of L2TP', frame: answer(1701, '0002 0007 0001 ff03 0021', inner4) },
  { name: 'MPLS in UDP', frame: tunnel(6635, '00010040 00011140', inner4) },
  { name: 'MPLS in UDP with IPv6', frame: tunnel(6635, '00011140', inner6), ends: ends6 },
  { name: 'TZSP', frame: tunnel(37008, '01 00 0001 0a 01 2a 00 01', innerFrame) },
  {
    name: 'an authentication header',
    frame: carried(51, '04 04 0000 00000001 00000001 000000000000000000000000', inner4),
  },
  {
    name: 'IPv6 hop-by-hop and destination options',
    frame: ethernet(0x86dd, ip6(0, joined('3c00 010400000000 1100 010400000000', udp(text)))),
    ends: ends6,
  },
  {
    name: 'an IPv6 routing header',
    frame: ethernet(
      0x86dd,
      ip6(43, joined('1102 0400 00000000 00000000000000000000000000000000', udp(text))),
    ),
    ends: ends6,
  },
  {
    name: 'a single IPv6 fragment',
    frame: ethernet(0x86dd, ip6(44, joined('1100 0000 00000007', udp(text)))),
    ends: ends6,
  },
]
