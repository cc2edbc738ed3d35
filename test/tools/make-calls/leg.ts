// In: a plan for one leg. Out: its messages on the timeline, its media, and the truth about it.
// Every message is written when the leg is planned; only its time is kept for later.
import { makeStream } from './media.ts'
import { addressOf } from './pcap-file.ts'
import { CODECS, sessionText } from './sip-text.ts'
import type { Codec, Dialog } from './sip-text.ts'
import type { CallKind, TruthLeg } from './truth.ts'
import type { World } from './world.ts'

export interface LegPlan {
  readonly startUs: number
  readonly from: string
  readonly to: string
  /** Who calls, and who is called. */
  readonly aIp: string
  readonly bIp: string
  readonly kind: CallKind
  readonly parentCallId: string | null
  /** From answer to end. */
  readonly talkUs: number
}

const AGENTS: readonly [string, ...string[]] = [
  'Asterisk PBX 20.9.3',
  'FreeSWITCH-mod_sofia/1.10.12',
  'kamailio (5.8.3)',
  'Yealink SIP-T46U 108.86.0.90',
  'PolyEdge-E350/8.1.2',
  'Cisco-SIPGateway/IOS-17.9',
]

/** Timer A doubles from half a second: RFC 3261 §17.1.1.2. */
const RETRANSMISSIONS_US = [0.5e6, 1.5e6, 3.5e6, 7.5e6]
const REFUSALS = new Map<CallKind, number>([
  ['busy', 486],
  ['notfound', 404],
  ['error', 503],
])
const ALLOW = 'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, UPDATE'

/** Plays one leg; its truth is in `world.truth` too. */
export function playLeg(world: World, plan: LegPlan): TruthLeg {
  return new LegPlayer(world, plan).play()
}

class LegPlayer {
  readonly #world: World
  readonly #plan: LegPlan
  readonly #dialog: Dialog
  readonly #agentA: string
  readonly #agentB: string
  readonly #codec: Codec
  readonly #portA: number
  readonly #portB: number
  readonly #truth: TruthLeg
  readonly #roundTripUs: number
  #cseq = 1
  #nowUs: number

  constructor(world: World, plan: LegPlan) {
    const { random } = world
    const { aIp, bIp, from, to, startUs } = plan
    this.#world = world
    this.#plan = plan
    this.#nowUs = startUs
    // The order of the draws is part of the format: the same seed must give the same bytes.
    this.#dialog = {
      callId: `${random.hex(16)}@${aIp}`,
      from,
      to,
      fromHost: aIp,
      toHost: bIp,
      fromTag: random.hex(10),
      toTag: '',
      branch: random.hex(14),
      viaIp: aIp,
    }
    this.#agentA = random.pick(AGENTS)
    this.#agentB = random.pick(AGENTS)
    this.#codec = random.pick(CODECS)
    this.#portA = random.int(5000, 15000) * 2
    this.#portB = random.int(16000, 30000) * 2
    this.#truth = {
      callId: this.#dialog.callId,
      from,
      to,
      src: aIp,
      dst: bIp,
      kind: plan.kind,
      parentCallId: plan.parentCallId,
      startUs: Math.round(startUs),
      ringUs: null,
      answerUs: null,
      endUs: null,
      status: 0,
      userAgent: this.#agentA,
      codec: null,
      messages: 0,
    }
    world.truth.legs.push(this.#truth)
    this.#roundTripUs = random.int(8, 60) * 1000
  }

  play(): TruthLeg {
    const { kind, startUs } = this.#plan
    const { random } = this.#world
    this.#up(this.#nowUs, this.#invite())
    if (kind === 'timeout') {
      for (const delayUs of RETRANSMISSIONS_US) this.#up(startUs + delayUs, this.#invite())
      return this.#truth
    }
    this.#nowUs += this.#roundTripUs
    this.#down(this.#nowUs, this.#answer(100))
    if (kind === 'challenged') this.#challenge()
    this.#dialog.toTag = random.hex(8)
    if (kind !== 'notfound' && kind !== 'error') {
      this.#nowUs += random.int(200, 2500) * 1000
      this.#truth.ringUs = Math.round(this.#nowUs)
      this.#down(this.#nowUs, this.#answer(180))
    }
    const refusal = REFUSALS.get(kind)
    if (refusal !== undefined) this.#refuse(refusal)
    else if (kind === 'cancelled') this.#cancel()
    else this.#talk()
    return this.#truth
  }

  #challenge(): void {
    const { random } = this.#world
    const { from, to, bIp } = this.#plan
    const dialog = this.#dialog
    dialog.toTag = random.hex(8)
    this.#nowUs += this.#roundTripUs
    const challenge = `Proxy-Authenticate: Digest realm="core", nonce="${random.hex(24)}"`
    this.#down(this.#nowUs, this.#answer(407, [challenge]))
    this.#nowUs += this.#roundTripUs / 2
    this.#up(this.#nowUs, this.#ack())
    this.#cseq++
    dialog.toTag = ''
    dialog.branch = random.hex(14)
    this.#nowUs += 2000
    const credentials =
      `Proxy-Authorization: Digest username="${from}", realm="core", nonce="x", ` +
      `uri="sip:${to}@${bIp}", response="${random.hex(32)}"`
    this.#up(this.#nowUs, this.#invite([credentials]))
    this.#nowUs += this.#roundTripUs
    this.#down(this.#nowUs, this.#answer(100))
  }

  #refuse(status: number): void {
    this.#nowUs += this.#world.random.int(100, 1500) * 1000
    this.#down(this.#nowUs, this.#answer(status))
    this.#truth.status = status
    this.#truth.endUs = Math.round(this.#nowUs)
    this.#up(this.#nowUs + this.#roundTripUs / 2, this.#ack())
  }

  #cancel(): void {
    const { sip, random } = this.#world
    const { to, bIp } = this.#plan
    this.#nowUs += random.int(2000, 15000) * 1000
    const untagged = { ...this.#dialog, toTag: '' }
    const line = `CANCEL sip:${to}@${bIp}:5060`
    this.#up(this.#nowUs, sip.request(line, untagged, `${this.#cseq} CANCEL`))
    const acceptedUs = this.#nowUs + this.#roundTripUs
    this.#down(acceptedUs, this.#answerTo(200, 'CANCEL'))
    const endUs = acceptedUs + 1500
    this.#down(endUs, this.#answer(487))
    this.#truth.status = 487
    this.#truth.endUs = Math.round(endUs)
    this.#up(this.#nowUs + this.#roundTripUs * 1.6 + 1500, this.#ack())
  }

  #talk(): void {
    const { random, options } = this.#world
    const { bIp, talkUs } = this.#plan
    this.#nowUs += random.int(1000, 9000) * 1000
    const answerUs = this.#nowUs
    this.#truth.answerUs = Math.round(answerUs)
    this.#truth.status = 200
    this.#truth.codec = this.#codec.name
    const session = sessionText(bIp, this.#portB, [this.#codec], random)
    this.#down(answerUs, this.#answer(200, [], session))
    this.#up(answerUs + this.#roundTripUs / 2, this.#ack())
    const endUs = answerUs + talkUs
    this.#truth.endUs = Math.round(endUs)
    this.#hangUp(endUs)
    if (options.hasMedia) this.#speak(answerUs, endUs)
  }

  #hangUp(endUs: number): void {
    const { random, sip } = this.#world
    const { from, to, aIp, bIp } = this.#plan
    const isByCaller = random.next() < 0.5
    const dialog = isByCaller ? this.#dialog : turned(this.#dialog, bIp)
    const target = isByCaller ? `${to}@${bIp}` : `${from}@${aIp}`
    const cseq = `${this.#cseq + 1} BYE`
    const bye = sip.request(`BYE sip:${target}:5060`, { ...dialog, branch: random.hex(14) }, cseq, [
      'Reason: Q.850;cause=16;text="Normal call clearing"',
    ])
    const answer = sip.answer(200, dialog, cseq)
    if (isByCaller) {
      this.#up(endUs, bye)
      this.#down(endUs + this.#roundTripUs, answer)
    } else {
      this.#down(endUs, bye)
      this.#up(endUs + this.#roundTripUs, answer)
    }
  }

  #speak(answerUs: number, endUs: number): void {
    const { aIp, bIp } = this.#plan
    const a = { ip: aIp, port: this.#portA }
    const b = { ip: bIp, port: this.#portB }
    const { callId } = this.#dialog
    const codec = this.#codec
    const halfUs = this.#roundTripUs / 2
    const world = this.#world
    makeStream(world, { callId, codec, from: a, to: b, startUs: answerUs + 2 * halfUs, endUs })
    makeStream(world, { callId, codec, from: b, to: a, startUs: answerUs + halfUs, endUs })
  }

  #invite(extra: readonly string[] = []): Buffer {
    const { random, sip } = this.#world
    const { from, to, aIp, bIp, parentCallId } = this.#plan
    const offered = [this.#codec, ...CODECS.filter((codec) => codec !== this.#codec)]
    const headers = [
      `Contact: <sip:${from}@${aIp}:5060>`,
      `User-Agent: ${this.#agentA}`,
      ALLOW,
      'Supported: replaces, timer',
      `P-Asserted-Identity: <sip:${from}@${aIp}>`,
      ...(parentCallId === null ? [] : [`X-Call-ID: ${parentCallId}`]),
      ...extra,
    ]
    const session = sessionText(aIp, this.#portA, offered, random)
    const line = `INVITE sip:${to}@${bIp}:5060`
    return sip.request(line, this.#dialog, `${this.#cseq} INVITE`, headers, session)
  }

  #ack(): Buffer {
    const { to, bIp } = this.#plan
    const line = `ACK sip:${to}@${bIp}:5060`
    return this.#world.sip.request(line, this.#dialog, `${this.#cseq} ACK`)
  }

  #answer(status: number, extra: readonly string[] = [], body = ''): Buffer {
    return this.#answerTo(status, 'INVITE', extra, body)
  }

  #answerTo(status: number, method: string, extra: readonly string[] = [], body = ''): Buffer {
    const { to, bIp } = this.#plan
    const contact =
      status > 100 ? [`Contact: <sip:${to}@${bIp}:5060>`, `Server: ${this.#agentB}`] : []
    const headers = [...contact, ...extra]
    return this.#world.sip.answer(status, this.#dialog, `${this.#cseq} ${method}`, headers, body)
  }

  #up(atUs: number, message: Buffer): void {
    this.#send(atUs, this.#plan.aIp, this.#plan.bIp, message)
  }

  #down(atUs: number, message: Buffer): void {
    this.#send(atUs, this.#plan.bIp, this.#plan.aIp, message)
  }

  #send(atUs: number, from: string, to: string, message: Buffer): void {
    const { timeline, truth, file } = this.#world
    const ends = { src: addressOf(from), srcPort: 5060, dst: addressOf(to), dstPort: 5060 }
    this.#truth.messages++
    timeline.at(atUs, (nowUs) => {
      truth.messages++
      file.udp(nowUs, ends, message)
    })
  }
}

/** The dialog as the called side writes it. */
function turned(dialog: Dialog, viaIp: string): Dialog {
  return {
    ...dialog,
    from: dialog.to,
    to: dialog.from,
    fromHost: dialog.toHost,
    toHost: dialog.fromHost,
    fromTag: dialog.toTag,
    toTag: dialog.fromTag,
    viaIp,
  }
}
