// In: options. Out: what all calls of one made capture share, and the calls themselves one after
// the other: how they arrive, how they are mixed, and the registrations beside them.
import { playLeg } from './leg.ts'
import { addressOf, PcapFile } from './pcap-file.ts'
import { Random } from './random.ts'
import { SipText } from './sip-text.ts'
import type { Dialog } from './sip-text.ts'
import { Timeline } from './timeline.ts'
import type { CallKind, Truth } from './truth.ts'

export interface WorldOptions {
  readonly out: string
  readonly calls: number
  /** Calls a second. */
  readonly cps: number
  /** Mean seconds from answer to end. */
  readonly talk: number
  readonly hasMedia: boolean
  /** Share of calls with a second leg. */
  readonly b2bua: number
  readonly loss: number
  readonly jitterUs: number
  readonly reorder: number
  readonly duplicate: number
  readonly seed: number
  readonly startUs: number
  readonly hasNames: boolean
}

/** What the legs and streams of one capture share. */
export interface World {
  readonly options: WorldOptions
  readonly random: Random
  readonly timeline: Timeline
  readonly file: PcapFile
  readonly sip: SipText
  readonly truth: Truth
}

const CARRIERS: readonly [string, ...string[]] = ['192.0.2.10', '192.0.2.11', '198.51.100.20']
const PBX = '203.0.113.5'
const CORE = '203.0.113.9'
/** The second leg of a call leaves this much after the first came in. */
const B2BUA_DELAY_US = 3_000

/** Upper bounds of the kinds in a draw from 0 to 1. */
const MIX: readonly (readonly [number, CallKind])[] = [
  [0.7, 'answered'],
  [0.78, 'busy'],
  [0.82, 'notfound'],
  [0.9, 'cancelled'],
  [0.95, 'challenged'],
  [0.98, 'error'],
  [1, 'timeout'],
]

/** Writes the capture and gives the truth about it. */
export function makeCapture(options: WorldOptions): Truth {
  const world: World = {
    options,
    random: new Random(options.seed),
    timeline: new Timeline(),
    file: new PcapFile(options.out),
    sip: new SipText(options),
    truth: {
      calls: options.calls,
      messages: 0,
      registers: 0,
      options: 0,
      legs: [],
      streams: [],
    },
  }
  let made = 0
  const arrive = (nowUs: number): void => {
    makeCall(world, made++, nowUs)
    if (made >= options.calls) return
    world.timeline.at(nowUs + world.random.exponential(1 / options.cps) * 1e6, arrive)
  }
  world.timeline.at(options.startUs, arrive)
  world.timeline.runAll()
  world.file.close()
  world.truth.packets = world.file.packets
  return world.truth
}

function makeCall(world: World, index: number, startUs: number): void {
  const { random, options } = world
  const draw = random.next()
  const kind = MIX.find(([bound]) => draw < bound)?.[1] ?? 'timeout'
  const from = `+1415555${random.int(1000, 9999)}`
  const to = `+44207946${random.int(1000, 9999)}`
  const carrier = random.pick(CARRIERS)
  const talkUs = Math.max(2, random.exponential(options.talk)) * 1e6
  const plan = { startUs, from, to, aIp: carrier, bIp: PBX, kind, parentCallId: null, talkUs }
  const { callId } = playLeg(world, plan)
  if (random.next() < options.b2bua) {
    playLeg(world, {
      startUs: startUs + B2BUA_DELAY_US,
      from,
      to: to.replace('+44', '0'),
      aIp: PBX,
      bIp: CORE,
      // The core asks nobody for a password.
      kind: kind === 'challenged' ? 'answered' : kind,
      parentCallId: callId,
      talkUs,
    })
  }
  if (index % 4 === 0) makePhone(world, index % 8 === 0 ? 'OPTIONS' : 'REGISTER', startUs)
}

/** A telephone that registers, or asks whether its exchange is there. */
function makePhone(world: World, method: 'OPTIONS' | 'REGISTER', startUs: number): void {
  const { random, timeline, file, sip, truth } = world
  const user = `ext${random.int(200, 999)}`
  const ip = `10.20.${random.int(0, 250)}.${random.int(2, 250)}`
  const host = 'pbx.example.com'
  const dialog: Dialog = {
    callId: `${random.hex(12)}@${ip}`,
    from: user,
    to: user,
    fromHost: host,
    toHost: host,
    fromTag: random.hex(8),
    toTag: '',
    branch: random.hex(12),
    viaIp: ip,
  }
  const isOptions = method === 'OPTIONS'
  const target = isOptions ? `sip:${PBX}` : `sip:${host}`
  const extra = isOptions ? [] : [`Contact: <sip:${user}@${ip}:5060>;expires=300`]
  const phone = addressOf(ip)
  const exchange = addressOf(PBX)
  timeline.at(startUs + 5_000, (nowUs) => {
    truth.messages++
    if (isOptions) truth.options++
    else truth.registers++
    const request = sip.request(`${method} ${target}`, dialog, `1 ${method}`, extra)
    file.udp(nowUs, { src: phone, srcPort: 5060, dst: exchange, dstPort: 5060 }, request)
  })
  timeline.at(startUs + 25_000, (nowUs) => {
    truth.messages++
    const answered = { ...dialog, toTag: random.hex(8) }
    const answer = sip.answer(200, answered, `1 ${method}`, extra)
    file.udp(nowUs, { src: exchange, srcPort: 5060, dst: phone, dstPort: 5060 }, answer)
  })
}
