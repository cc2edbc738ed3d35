// What arrives in, sentences out that answer "why do I see no calls?": what is wrong first, what is
// well last. Each names the sender or the place it is about. Refuses to guess: it says what was
// counted, and what to do where that is known.
import type { Arrival, Intake, LiveState } from '../../line/arrival.ts'

export type FindingLevel = 'wrong' | 'odd' | 'well'

export interface Finding {
  readonly level: FindingLevel
  /** Stays the same when the wording changes. */
  readonly code: string
  readonly text: string
}

/** A clock that is off by more than this puts calls where nobody looks for them, ms. */
const CLOCK_OFF_MS = 2_000
/** A sender that was never so quiet is worth a word, µs. */
const SILENT_US = 120_000_000
/** Findings of one kind that are told one by one; the rest as a number. */
const SENDERS_TOLD_MAX = 10

/** `state` undefined where nothing is taken in at all. */
export function findingsOf(state: LiveState | undefined, nowUs: number): Finding[] {
  if (state === undefined) {
    return [
      {
        level: 'wrong',
        code: 'nothing-listens',
        text:
          'Nothing is taken in live: HEP is switched off (--hep 0) and no interface is captured ' +
          'on. Only imported captures show calls.',
      },
    ]
  }
  const findings = [
    ...state.intakes.flatMap(intakeFindings),
    ...storeFindings(state),
    ...eachSender(state.arrivals, senderFindings),
    ...eachSender(state.arrivals, (sender) => silence(sender, nowUs)),
  ]
  const isOpen = state.intakes.some((intake) => intake.isOpen)
  if (isOpen && state.arrivals.length === 0) findings.push(nothingArrived(state.intakes))
  const talking = state.arrivals.filter((sender) => sendsSip(sender) && !isSilent(sender, nowUs))
  if (talking.length > 0) findings.push(sipArrives(talking))
  const order: readonly FindingLevel[] = ['wrong', 'odd', 'well']
  return order.flatMap((level) => findings.filter((finding) => finding.level === level))
}

function intakeFindings(intake: Intake): Finding[] {
  const { transport, place, isOpen, reason, packetsDroppedByKernel, refused } = intake
  const where = `${transport.toUpperCase()} at ${place}`
  const findings: Finding[] = []
  if (!isOpen) {
    const text = `Nothing is received over ${where}: ${reason ?? 'it is not open'}.`
    findings.push({ level: 'wrong', code: 'intake-closed', text })
  }
  if (packetsDroppedByKernel !== null && packetsDroppedByKernel > 0) {
    const text =
      `The kernel dropped ${count(packetsDroppedByKernel, 'packet')} over ${where} because its ` +
      'buffer was full: raise net.core.rmem_max, or let senders use TCP.'
    findings.push({ level: 'wrong', code: 'kernel-drops', text })
  }
  for (const [bound, times] of Object.entries(refused)) {
    const why = boundWords[bound] ?? bound
    const text = `${count(times, 'connection')} over ${where} cut off: ${why}.`
    findings.push({ level: 'odd', code: 'connections-refused', text })
  }
  return findings
}

const boundWords: Readonly<Record<string, string>> = {
  hepConnectionsMax: 'too many connections at once',
  hepConnectionsPerPeerMax: 'too many connections from one address',
  hepGarbageBytesMax: 'what came was no HEP',
  hepMessageBytesMax: 'a message was longer than packets are',
  hepSilentMsMax: 'no whole packet came for half a minute',
  handshake: 'the TLS handshake failed',
  foreignPage: 'a web page of another site wanted to send',
}

function storeFindings({ framesLost, framesFailed, arrivalsForgotten }: LiveState): Finding[] {
  const findings: Finding[] = []
  if (framesFailed > 0) {
    const text =
      `${count(framesFailed, 'packet')} could not be followed up, by a mistake in Earshot: they ` +
      'are stored; please report it with one of them.'
    findings.push({ level: 'wrong', code: 'frames-failed', text })
  }
  if (framesLost > 0) {
    const text =
      `${count(framesLost, 'packet')} could not be stored, because the data folder could not be ` +
      'written: the log says why.'
    findings.push({ level: 'wrong', code: 'frames-lost', text })
  }
  if (arrivalsForgotten > 0) {
    const text = `${count(arrivalsForgotten, 'sender')} were forgotten because there were too many.`
    findings.push({ level: 'odd', code: 'senders-forgotten', text })
  }
  return findings
}

function senderFindings(sender: Arrival): Finding[] {
  const who = nameOf(sender)
  const findings: Finding[] = []
  const tell = (level: FindingLevel, code: string, text: string): void => {
    findings.push({ level, code, text })
  }
  if (sender.packetsRefused > 0) {
    const why = sender.auth === 'missing' ? 'they carry no key' : 'their key is not ours'
    tell('wrong', 'key', `${count(sender.packetsRefused, 'packet')} from ${who} refused: ${why}.`)
  } else if (isOnly(sender, 'not-hep')) {
    tell('wrong', 'no-hep', `What ${who} sends is no HEP.`)
  } else if (!sendsSip(sender)) {
    const mix = Object.keys(sender.protocols).join(', ') || 'nothing'
    tell('odd', 'no-sip', `${who} sends ${mix}, and no SIP.`)
  }
  if (sender.timesReplaced > 0) {
    tell(
      'wrong',
      'clock-absurd',
      `The clock of ${who} is so far off that ${count(sender.timesReplaced, 'packet')} got the ` +
        'time of arrival instead: set it.',
    )
  } else if (sender.clockOffsetMs !== null && Math.abs(sender.clockOffsetMs) > CLOCK_OFF_MS) {
    const side = sender.clockOffsetMs > 0 ? 'ahead of' : 'behind'
    const span = spanWords(Math.abs(sender.clockOffsetMs))
    tell('odd', 'clock-off', `The clock of ${who} is ${span} ${side} ours: its calls lie there.`)
  }
  const missing = (sender.packetsMissing ?? 0) + (sender.packetsDroppedBySender ?? 0)
  if (missing > 0) {
    tell('wrong', 'lost', `${count(missing, 'packet')} of ${who} never came: lost before they did.`)
  }
  if (sender.packetsDropped > 0) {
    const dropped = count(sender.packetsDropped, 'packet')
    const text = `${dropped} of ${who} dropped here: the store was behind.`
    tell('wrong', 'dropped', text)
  }
  return findings
}

function isSilent({ lastUs }: Arrival, nowUs: number): boolean {
  return nowUs - lastUs >= SILENT_US
}

function silence(sender: Arrival, nowUs: number): Finding[] {
  if (!isSilent(sender, nowUs)) return []
  const silentMs = (nowUs - sender.lastUs) / 1000
  const text = `Nothing came from ${nameOf(sender)} for ${spanWords(silentMs)}.`
  return [{ level: 'odd', code: 'silent', text }]
}

function nothingArrived(intakes: readonly Intake[]): Finding {
  const places = intakes.filter(({ isOpen }) => isOpen).map(placeWords)
  return {
    level: 'wrong',
    code: 'nothing-arrived',
    text:
      `Nothing has arrived since the start. Earshot listens (${places.join(', ')}): look at the ` +
      'address and port that the senders have, and at firewalls between.',
  }
}

function placeWords({ transport, place }: Intake): string {
  return transport === 'interface' ? `interface ${place}` : `${transport.toUpperCase()} at ${place}`
}

function sipArrives(talking: readonly Arrival[]): Finding {
  const rate = talking.reduce((sum, { packetsPerSecond }) => sum + packetsPerSecond, 0)
  const text =
    `SIP arrives from ${count(talking.length, 'sender')}, ` +
    `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} packets a second.`
  return { level: 'well', code: 'sip-arrives', text }
}

/** One finding a sender, up to a bound; a thousand wrong clocks are one sentence more. */
function eachSender(senders: readonly Arrival[], find: (sender: Arrival) => Finding[]): Finding[] {
  const byCode = new Map<string, Finding[]>()
  for (const finding of senders.flatMap(find)) {
    const alike = byCode.get(finding.code)
    if (alike === undefined) byCode.set(finding.code, [finding])
    else alike.push(finding)
  }
  return [...byCode.values()].flatMap((alike) => {
    const [first] = alike
    if (first === undefined || alike.length <= SENDERS_TOLD_MAX) return alike
    const rest = alike.length - SENDERS_TOLD_MAX
    const more = { ...first, text: `The same holds for ${count(rest, 'further sender')}.` }
    return [...alike.slice(0, SENDERS_TOLD_MAX), more]
  })
}

function sendsSip({ transport, protocols, packets }: Arrival): boolean {
  // What an interface carries is decoded behind the frames; that it carries any is all we know.
  if (transport === 'interface' || transport === 'siprec') return packets > 0
  return (protocols['sip'] ?? 0) > 0 || (protocols['compressed'] ?? 0) > 0
}

function isOnly({ protocols }: Arrival, name: string): boolean {
  const names = Object.keys(protocols)
  return names.length > 0 && names.every((one) => one === name)
}

function nameOf({ address, node, agentId, source }: Arrival): string {
  const parts = [node, agentId === null ? null : `agent ${agentId}`].filter((part) => part !== null)
  const name = address ?? source
  return parts.length === 0 ? name : `${name} (${parts.join(', ')})`
}

function count(value: number, one: string): string {
  return `${value.toLocaleString('en')} ${value === 1 ? one : `${one}s`}`
}

/** Two parts at most: `3 h 2 min`. */
function spanWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const units = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const
  let rest = seconds
  const parts: string[] = []
  for (const [size, unit] of units) {
    const whole = Math.floor(rest / size)
    rest -= whole * size
    if (whole > 0) parts.push(`${whole} ${unit}`)
  }
  return parts.slice(0, 2).join(' ') || '0 s'
}
