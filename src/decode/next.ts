// What follows what: every number by which one layer names the next, in one place. Tables only;
// what a layer does with its bytes stands in the layer's own file, joined up in layers.ts.
//
// To add a layer: give it a number here, name it in the tables whose numbers lead to it, write its
// file with one function `(packet) => Layer`, and enter that function in layers.ts.

/** Nothing further that we read: ARP, ICMP, OSPF, an unknown number. */
export const LAYER_NONE = 0
// These need state, so the decoder itself handles them.
export const LAYER_FRAGMENT = 1
export const LAYER_UDP = 2
export const LAYER_TCP = 3
// These only move along the frame.
export const LAYER_ETHERNET = 4
export const LAYER_VLAN = 5
export const LAYER_LLC = 6
export const LAYER_IP = 7
export const LAYER_IP4 = 8
export const LAYER_IP6 = 9
export const LAYER_IP6_EXTENSION = 10
export const LAYER_IP6_FRAGMENT = 11
export const LAYER_AUTHENTICATION = 12
export const LAYER_COOKED = 13
export const LAYER_COOKED_2 = 14
export const LAYER_LOOPBACK = 15
export const LAYER_PPP = 16
export const LAYER_PPPOE = 17
export const LAYER_MPLS = 18
export const LAYER_GRE = 19
export const LAYER_ERSPAN_2 = 20
export const LAYER_ERSPAN_3 = 21
export const LAYER_VXLAN = 22
export const LAYER_GENEVE = 23
export const LAYER_GTP_U = 24
export const LAYER_TZSP = 25
export const LAYER_ETHER_IP = 26
export const LAYER_C_HDLC = 27
export const LAYER_FRAME_RELAY = 28
export const LAYER_IEEE80211 = 29
export const LAYER_RADIOTAP = 30
// These the decoder handles too.
export const LAYER_SCTP = 31
export const LAYER_EXPORTED_PDU = 32
// And these only move along again.
export const LAYER_PPP_DIRECTED = 33
export const LAYER_PFLOG = 34
export const LAYER_NFLOG = 35
export const LAYER_ENC = 36
export const LAYER_PPI = 37
export const LAYER_PKTAP = 38
export const LAYER_E_TAG = 39
export const LAYER_VN_TAG = 40
export const LAYER_METADATA = 41
export const LAYER_L2TP = 42
export const LAYER_VXLAN_GPE = 43
/** How many numbers there are. */
export const LAYERS = 44

export type Layer = number

type Row = readonly [number: number, layer: Layer]

/** By link type of the capture, as tcpdump.org lists them. */
const LINK_TYPES: readonly Row[] = [
  [0, LAYER_LOOPBACK],
  [1, LAYER_ETHERNET],
  [9, LAYER_PPP],
  [12, LAYER_IP],
  [14, LAYER_IP],
  [50, LAYER_PPP],
  [51, LAYER_PPPOE],
  [101, LAYER_IP],
  [104, LAYER_C_HDLC],
  [105, LAYER_IEEE80211],
  [107, LAYER_FRAME_RELAY],
  [108, LAYER_LOOPBACK],
  [109, LAYER_ENC],
  [113, LAYER_COOKED],
  [117, LAYER_PFLOG],
  [127, LAYER_RADIOTAP],
  [192, LAYER_PPI],
  [204, LAYER_PPP_DIRECTED],
  [228, LAYER_IP4],
  [229, LAYER_IP6],
  [239, LAYER_NFLOG],
  [252, LAYER_EXPORTED_PDU],
  [258, LAYER_PKTAP],
  [276, LAYER_COOKED_2],
]

/** By EtherType; GRE, Linux cooked, C-HDLC, Geneve and SNAP use the same numbers. */
const ETHER_TYPES: readonly Row[] = [
  [0x0800, LAYER_IP4],
  [0x86dd, LAYER_IP6],
  [0x8100, LAYER_VLAN],
  [0x88a8, LAYER_VLAN],
  [0x9100, LAYER_VLAN],
  [0x9200, LAYER_VLAN],
  [0x9300, LAYER_VLAN],
  [0x8847, LAYER_MPLS],
  [0x8848, LAYER_MPLS],
  [0x8864, LAYER_PPPOE],
  [0x22eb, LAYER_ERSPAN_3],
  [0x6558, LAYER_ETHERNET],
  [0x880b, LAYER_PPP],
  [0x88be, LAYER_ERSPAN_2],
  [0x8909, LAYER_METADATA],
  [0x8926, LAYER_VN_TAG],
  [0x893f, LAYER_E_TAG],
]

/** By IP protocol number or IPv6 next header. */
const IP_PROTOCOLS: readonly Row[] = [
  [0, LAYER_IP6_EXTENSION],
  [4, LAYER_IP4],
  [6, LAYER_TCP],
  [17, LAYER_UDP],
  [41, LAYER_IP6],
  [43, LAYER_IP6_EXTENSION],
  [44, LAYER_IP6_FRAGMENT],
  [47, LAYER_GRE],
  [51, LAYER_AUTHENTICATION],
  [60, LAYER_IP6_EXTENSION],
  [97, LAYER_ETHER_IP],
  [132, LAYER_SCTP],
  [135, LAYER_IP6_EXTENSION],
  [137, LAYER_MPLS],
  [139, LAYER_IP6_EXTENSION],
  [140, LAYER_IP6_EXTENSION],
]

/** By PPP protocol number. */
const PPP_PROTOCOLS: readonly Row[] = [
  [0x0021, LAYER_IP4],
  [0x0057, LAYER_IP6],
  [0x0281, LAYER_MPLS],
  [0x0283, LAYER_MPLS],
]

/** By UDP port, as tunnels.ts asks. Anything may use a port, so it looks before it leaps. */
const TUNNEL_PORTS: readonly Row[] = [
  [1701, LAYER_L2TP],
  [2152, LAYER_GTP_U],
  [4789, LAYER_VXLAN],
  [4790, LAYER_VXLAN_GPE],
  [6081, LAYER_GENEVE],
  [6635, LAYER_MPLS],
  [8472, LAYER_VXLAN],
  [9899, LAYER_SCTP],
  [37008, LAYER_TZSP],
]

const byLinkType = tableOf(LINK_TYPES)
const byEtherType = tableOf(ETHER_TYPES)
const byIpProtocol = tableOf(IP_PROTOCOLS)
const byPppProtocol = tableOf(PPP_PROTOCOLS)
const byTunnelPort = tableOf(TUNNEL_PORTS)

export function layerOfLinkType(linkType: number): Layer {
  return byLinkType[linkType] ?? LAYER_NONE
}

export function layerOfEtherType(etherType: number): Layer {
  return byEtherType[etherType] ?? LAYER_NONE
}

export function layerOfIpProtocol(protocol: number): Layer {
  return byIpProtocol[protocol] ?? LAYER_NONE
}

export function layerOfPppProtocol(protocol: number): Layer {
  return byPppProtocol[protocol] ?? LAYER_NONE
}

export function layerOfTunnelPort(port: number): Layer {
  return byTunnelPort[port] ?? LAYER_NONE
}

/** One byte a number: a look-up is one read, on every frame several times. */
function tableOf(rows: readonly Row[]): Uint8Array {
  const table = new Uint8Array(65_536)
  for (const [number, layer] of rows) table[number] = layer
  return table
}
