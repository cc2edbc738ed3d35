// A layer's number in, the function that walks it out. One line a layer, nothing else.
import { decodeCiscoHdlc } from './c-hdlc.ts'
import { decodeCooked, decodeCooked2 } from './cooked.ts'
import { decodeErspan2, decodeErspan3 } from './erspan.ts'
import { decodeEtherIp } from './ether-ip.ts'
import { decodeEthernet, decodeLlc, decodeVlan } from './ethernet.ts'
import { decodeEnc, decodeNflog, decodePflog } from './firewall-log.ts'
import { decodeFrameRelay } from './frame-relay.ts'
import { decodeGre } from './gre.ts'
import { decodeIeee80211 } from './ieee80211.ts'
import { decodeIp, decodeIp4 } from './ip4.ts'
import { decodeAuthentication, decodeIp6, decodeIp6Extension, decodeIp6Fragment } from './ip6.ts'
import { decodeLoopback } from './loopback.ts'
import { decodeMpls } from './mpls.ts'
import { decodePktap, decodePpi } from './named-link.ts'
import * as next from './next.ts'
import type { Packet } from './packet.ts'
import { decodePpp, decodePppDirected, decodePppoe } from './ppp.ts'
import { decodeRadiotap } from './radiotap.ts'
import { decodeETag, decodeMetadata, decodeVnTag } from './switch-tags.ts'

/** A tunnel is walked in about three steps (its own header, Ethernet, IP), a tag in one. */
export const STEPS_PER_ENCAPSULATION = 3

/** Moves the packet past one header and names the layer that follows. Throws nothing. */
export type DecodeLayer = (packet: Packet) => next.Layer

const ROWS: readonly (readonly [next.Layer, DecodeLayer])[] = [
  [next.LAYER_ETHERNET, decodeEthernet],
  [next.LAYER_VLAN, decodeVlan],
  [next.LAYER_LLC, decodeLlc],
  [next.LAYER_IP, decodeIp],
  [next.LAYER_IP4, decodeIp4],
  [next.LAYER_IP6, decodeIp6],
  [next.LAYER_IP6_EXTENSION, decodeIp6Extension],
  [next.LAYER_IP6_FRAGMENT, decodeIp6Fragment],
  [next.LAYER_AUTHENTICATION, decodeAuthentication],
  [next.LAYER_COOKED, decodeCooked],
  [next.LAYER_COOKED_2, decodeCooked2],
  [next.LAYER_LOOPBACK, decodeLoopback],
  [next.LAYER_PPP, decodePpp],
  [next.LAYER_PPPOE, decodePppoe],
  [next.LAYER_MPLS, decodeMpls],
  [next.LAYER_GRE, decodeGre],
  [next.LAYER_ERSPAN_2, decodeErspan2],
  [next.LAYER_ERSPAN_3, decodeErspan3],
  [next.LAYER_ETHER_IP, decodeEtherIp],
  [next.LAYER_C_HDLC, decodeCiscoHdlc],
  [next.LAYER_FRAME_RELAY, decodeFrameRelay],
  [next.LAYER_IEEE80211, decodeIeee80211],
  [next.LAYER_RADIOTAP, decodeRadiotap],
  [next.LAYER_PPP_DIRECTED, decodePppDirected],
  [next.LAYER_PFLOG, decodePflog],
  [next.LAYER_NFLOG, decodeNflog],
  [next.LAYER_ENC, decodeEnc],
  [next.LAYER_PPI, decodePpi],
  [next.LAYER_PKTAP, decodePktap],
  [next.LAYER_E_TAG, decodeETag],
  [next.LAYER_VN_TAG, decodeVnTag],
  [next.LAYER_METADATA, decodeMetadata],
]

const stopHere: DecodeLayer = () => next.LAYER_NONE

/** By layer number; numbers without a function end the walk. */
export const layers: readonly DecodeLayer[] = Array.from(
  { length: next.LAYERS },
  (_, layer) => ROWS.find(([number]) => number === layer)?.[1] ?? stopHere,
)
