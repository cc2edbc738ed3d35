// A layer's number in, the function that walks it out. One line a layer, nothing else.
import { decodeCooked, decodeCooked2 } from './cooked.ts'
import { decodeEthernet, decodeLlc, decodeVlan } from './ethernet.ts'
import { decodeIp, decodeIp4 } from './ip4.ts'
import { decodeAuthentication, decodeIp6, decodeIp6Extension, decodeIp6Fragment } from './ip6.ts'
import { decodeLoopback } from './loopback.ts'
import * as next from './next.ts'
import type { Packet } from './packet.ts'
import { decodeCiscoHdlc, decodePpp, decodePppoe } from './ppp.ts'

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
  [next.LAYER_C_HDLC, decodeCiscoHdlc],
]

const stopHere: DecodeLayer = () => next.LAYER_NONE

/** By layer number; numbers without a function end the walk. */
export const layers: readonly DecodeLayer[] = Array.from(
  { length: 32 },
  (_, layer) => ROWS.find(([number]) => number === layer)?.[1] ?? stopHere,
)
