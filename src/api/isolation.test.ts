// No account is shown what is another's, by any API: random traffic of several tenants, in calls
// that cross between them and in packets that they share, TCP and SCTP, plain and in tunnels, and
// random scopes. Every number and Call-ID is told once, so any trace of a hidden leg in any answer
// is found as text.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import fc from 'fast-check'
import type { Dialect } from '../accounts/account.ts'
import { ethernet, hex, ip4, sctp, sctpChunk, tcp, udp } from '../decode/frames.fixture.ts'
import type { Leg, MessageRow } from '../calls/leg.ts'
import { type CapturedFrame, captureOf } from '../query/store.fixture.ts'
import { callIdOf } from './bandwidth/call-id.ts'
import { startFixture } from './http/server.fixture.ts'
import { sidOf } from './signalwire/sid.ts'

const START_US = Date.UTC(2026, 10, 20, 12) * 1000
const TENANTS = 3
/** Of the form of a mark, and nobody's. */
const UNKNOWN_MARK = '59941907'

/** How a leg's messages travel: alone, or over a connection that the tenants share. */
const CARRIERS = ['udp', 'udp-in-vxlan', 'tcp', 'tcp-in-vxlan', 'sctp-in-udp'] as const
type Carrier = (typeof CARRIERS)[number]

interface PlannedLeg {
  readonly tenant: number
  /** Eight digits that stand in its users, Call-ID and body, and nowhere else. */
  readonly mark: string
  /** Value of its join header; legs of one call share it. */
  readonly key: string
  readonly carrier: Carrier
}

const world = fc
  .array(fc.array(fc.nat(TENANTS - 1), { minLength: 1, maxLength: 2 }), {
    minLength: CARRIERS.length,
    maxLength: CARRIERS.length + 1,
  })
  .map((calls) =>
    calls.flatMap((tenants, i) =>
      tenants.map((tenant, j): PlannedLeg => {
        // Each carrier has legs of several calls.
        const carrier = CARRIERS[(i + j) % CARRIERS.length] ?? 'udp'
        return { tenant, mark: `5${i}${j}41907`, key: `join-${i}`, carrier }
      }),
    ),
  )

/** A scope, and which legs it means, told without any of the house's code. */
interface PlannedScope {
  readonly rules: readonly string[]
  readonly means: (leg: PlannedLeg) => boolean
}

const scope: fc.Arbitrary<PlannedScope> = fc.oneof(
  fc.nat(TENANTS - 1).map((tenant) => ({
    rules: [`user:+4420${tenant}*`],
    means: (leg: PlannedLeg) => leg.tenant === tenant,
  })),
  fc.nat(TENANTS - 1).map((tenant) => ({
    rules: [`from:+4420${tenant}00000000..+4420${tenant}99999999`],
    means: (leg: PlannedLeg) => leg.tenant === tenant,
  })),
  fc.nat(TENANTS - 1).map((tenant) => ({
    rules: [`trunk:tenant-${tenant}`],
    means: (leg: PlannedLeg) => !isShared(leg) && leg.tenant === tenant,
  })),
  fc.nat(3).map((i) => ({
    rules: [`header:x-cid=join-${i}`, 'trunk:gone'],
    means: (leg: PlannedLeg) => leg.key === `join-${i}`,
  })),
)

function isShared({ carrier }: PlannedLeg): boolean {
  return !carrier.startsWith('udp')
}

function messagesOf(leg: PlannedLeg): string[] {
  const { tenant, mark, key } = leg
  const transport = leg.carrier.slice(0, 4).replace('-', '').toUpperCase()
  const body = `v=0\r\no=- 1 1 IN IP4 10.0.${tenant}.1\r\ns=${mark}\r\nt=0 0\r\n`
  const message = (start: string, cseq: string, tag: string, content: string) =>
    [
      start,
      `Via: SIP/2.0/${transport} 10.0.${tenant}.1;branch=z9hG4bK${mark}${cseq.replace(' ', '')}`,
      'Max-Forwards: 70',
      `From: <sip:+4420${tenant}${mark}@a.test>;tag=a${mark}`,
      `To: <sip:+4930${mark}@b.test>${tag}`,
      `Call-ID: ${mark}@leg.test`,
      `CSeq: ${cseq}`,
      `X-CID: ${key}`,
      ...(content === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${content.length}`,
      '',
      content,
    ].join('\r\n')
  const uri = `sip:+4930${mark}@b.test`
  const tag = `;tag=b${mark}`
  return [
    message(`INVITE ${uri} SIP/2.0`, '1 INVITE', '', body),
    message('SIP/2.0 200 OK', '1 INVITE', tag, body),
    message(`ACK ${uri} SIP/2.0`, '1 ACK', tag, ''),
    message(`BYE ${uri} SIP/2.0`, '2 BYE', tag, ''),
    message('SIP/2.0 200 OK', '2 BYE', tag, ''),
  ]
}

/** The frame inside a tunnel of the machines that the tenants run on. */
function inVxlan(frame: Buffer): Buffer {
  const payload = Buffer.concat([hex('08000000 00002a00'), frame])
  const outer = { src: '0a630001', dst: '0a630002' }
  return ethernet(0x0800, ip4(udp(payload, { dstPort: 4789 }), outer))
}

const SHARED_ENDS = { src: '0a000901', dst: '0a000902' }
const STEPS = 5
const isBack = (step: number) => step === 1 || step === 4
const turned = ({ src, dst }: typeof SHARED_ENDS) => ({ src: dst, dst: src })

/** Each message alone in its datagram. */
function datagramsOf(leg: PlannedLeg): Buffer[] {
  const ends = { src: `0a000${leg.tenant}01`, dst: '0a000902' }
  return messagesOf(leg).map((message, step) => {
    const frame = ethernet(0x0800, ip4(udp(message), isBack(step) ? turned(ends) : ends))
    return leg.carrier === 'udp' ? frame : inVxlan(frame)
  })
}

/** Messages of all these legs through one connection, several in a segment. */
function segmentsOf(legs: readonly PlannedLeg[], ends: typeof SHARED_ENDS): Buffer[] {
  const frames: Buffer[] = []
  const sequences = { there: 1, back: 1 }
  const segment = (text: string, isReverse: boolean, flags = 'A') => {
    const way = isReverse ? 'back' : 'there'
    const bytes = tcp(text, { sequence: sequences[way], isReverse, flags })
    const addresses = isReverse ? turned(ends) : ends
    frames.push(ethernet(0x0800, ip4(bytes, { protocol: 6, ...addresses })))
    sequences[way] += text.length + (flags.includes('S') ? 1 : 0)
  }
  segment('', false, 'S')
  segment('', true, 'SA')
  for (let step = 0; step < STEPS; step++) {
    const text = legs.map((leg) => messagesOf(leg)[step] ?? '').join('')
    // Cut where no message ends, so that segments hold an end of one and a beginning of another.
    for (let at = 0; at < text.length; at += 700) segment(text.slice(at, at + 700), isBack(step))
  }
  return frames
}

/** Messages of all these legs, one step of each in one packet. */
function packetsOf(legs: readonly PlannedLeg[]): Buffer[] {
  return Array.from({ length: STEPS }, (_, step) => {
    const chunks = legs.map((leg, i) => {
      return sctpChunk(messagesOf(leg)[step] ?? '', { tsn: step * legs.length + i })
    })
    const ends = isBack(step) ? turned(SHARED_ENDS) : SHARED_ENDS
    return ethernet(0x0800, ip4(udp(sctp(...chunks), { dstPort: 9899 }), ends))
  })
}

function captureOfWorld(legs: readonly PlannedLeg[]): Buffer {
  const by = (...carriers: Carrier[]) => legs.filter(({ carrier }) => carriers.includes(carrier))
  const frames = [
    ...by('udp', 'udp-in-vxlan').flatMap(datagramsOf),
    ...segmentsOf(by('tcp'), SHARED_ENDS),
    ...segmentsOf(by('tcp-in-vxlan'), { src: '0a000903', dst: '0a000904' }).map(inVxlan),
    ...packetsOf(by('sctp-in-udp')),
  ]
  const captured = frames.map((bytes, i): CapturedFrame => {
    return { interfaceId: 0, ticks: BigInt(START_US + i * 1_000), bytes }
  })
  return captureOf([{ linkType: 1 }], captured)
}

interface Known {
  readonly legs: readonly Leg[]
  readonly messages: readonly MessageRow[]
}

/** One way to ask a dialect; `known` is what an account that sees everything was shown. */
interface Asker {
  readonly dialect: Dialect
  /** Whether its answers tell the numbers of every leg that the account sees. */
  readonly tellsCalls: boolean
  paths(known: Known, account: string): string[]
  /** Questions that take more than one step; gives the bodies of their answers. */
  more?(app: FastifyInstance, headers: Record<string, string>, known: Known): Promise<string[]>
}

const WINDOW = 'dateStart=2026-11-19T00:00:00.000Z&dateEnd=2026-11-22T00:00:00.000Z'

const askers: readonly Asker[] = [
  {
    dialect: 'own',
    tellsCalls: true,
    paths: ({ legs, messages }) =>
      [
        'calls?limit=1000',
        'legs?kind=all&limit=1000',
        'calls?limit=1',
        'streams',
        'counters',
        'recordings',
        'reboots',
        'inventory',
        'arrivals',
        'accounts',
        ...legs.flatMap(({ legKey, callKey, callId, conversationId, from, to }) => [
          `calls/${legKey}`,
          `calls/${callKey}`,
          `calls?callKey=${callKey}`,
          `calls/${legKey}/export`,
          `calls/${callKey}/export?format=pcapng`,
          `calls/${callKey}/export?media=true`,
          `calls/${callKey}/streams`,
          `calls/${callKey}/vendors`,
          `calls/${legKey}/vendors`,
          `export?format=txt&callId=${callId}`,
          `export?callKey=${callKey}&callKey=${legKey}`,
          `legs?conversationId=${conversationId}`,
          `calls?q=${encodeURIComponent(`${from} ${to}`)}`,
          `legs?callId=${callId}`,
        ]),
        ...messages.flatMap(({ legKey, messageId }) => [
          `legs/${legKey}/messages/${messageId}`,
          `legs/${legKey}/messages/${messageId}/raw`,
        ]),
      ].map((path) => `/api/v1/${path}`),
  },
  {
    dialect: 'genesys-cloud',
    tellsCalls: true,
    paths: ({ legs }) => [
      `/api/v2/telephony/siptraces?${WINDOW}`,
      ...legs.flatMap(({ callId, conversationId, from }) => [
        `/api/v2/telephony/siptraces?${WINDOW}&callId=${callId}`,
        `/api/v2/telephony/siptraces?${WINDOW}&conversationId=${conversationId}`,
        `/api/v2/telephony/siptraces?${WINDOW}&fromUser=${encodeURIComponent(from ?? '')}`,
        `/api/v2/telephony/sipmessages/conversations/${conversationId}`,
        `/api/v2/telephony/sipmessages/conversations/${conversationId}/headers`,
      ]),
    ],
    more: async (app, headers, { legs }) => {
      const bodies: string[] = []
      const path = '/api/v2/telephony/siptraces/download'
      const window = { dateStart: '2026-11-19T00:00:00.000Z', dateEnd: '2026-11-22T00:00:00.000Z' }
      const orders = [window, ...legs.map(({ callId }) => ({ ...window, callId }))]
      for (const payload of orders) {
        const ordered = await app.inject({ method: 'POST', url: path, headers, payload })
        if (ordered.statusCode !== 200) continue
        const url = `${path}/${ordered.json().downloadId}`
        let ready = await app.inject({ url, headers })
        for (; ready.statusCode === 404; ready = await app.inject({ url, headers })) await sleep(5)
        const { pathname, search } = new URL(ready.json().url)
        bodies.push((await app.inject(pathname + search)).rawPayload.toString('latin1'))
      }
      return bodies
    },
  },
  {
    dialect: 'signalwire',
    tellsCalls: true,
    paths: ({ legs }, account) =>
      [
        'Calls.json?PageSize=1000',
        'Calls?PageSize=1',
        'Recordings.json',
        ...legs.flatMap(({ legKey, from }) => [
          `Calls/${sidOf(legKey)}.json`,
          `Calls/${sidOf(legKey)}/Recordings.json`,
          `Calls.json?From=${encodeURIComponent(from ?? '')}`,
        ]),
      ].map((path) => `/2010-04-01/Accounts/${account}/${path}`),
  },
  {
    dialect: 'bandwidth',
    tellsCalls: true,
    paths: ({ legs }, account) =>
      [
        'calls?size=1000',
        'calls?size=1',
        'recordings',
        'media',
        ...legs.flatMap(({ legKey, to }) => [
          `calls/${callIdOf(legKey)}`,
          `calls/${callIdOf(legKey)}/events`,
          `calls/${callIdOf(legKey)}/recordings`,
          `calls/${callIdOf(legKey)}/transcriptions`,
          `calls?to=${encodeURIComponent(to ?? '')}`,
        ]),
      ].map((path) => `/v1/users/${account}/${path}`),
  },
  {
    dialect: 'gws',
    tellsCalls: false,
    paths: ({ legs }) => [
      '/api/v2/recordings?startTime=0',
      ...legs.map(({ from }) => `/recordings?callerPhoneNumber=${encodeURIComponent(from ?? '')}`),
    ],
  },
]

const settings = {
  trunks: Array.from({ length: TENANTS }, (_, tenant) => `tenant-${tenant}=10.0.${tenant}.0/24`),
  genesysCloudRequestsPerMinute: 0,
  signalwireRequestsPerMinute: 0,
  bandwidthRequestsPerMinute: 0,
  gwsRequestsPerMinute: 0,
}

let accountsMade = 0

async function answersOf(
  fixture: Awaited<ReturnType<typeof startFixture>>,
  asker: Asker,
  known: Known,
  { rules, hiddenMarks }: { rules: readonly string[]; hiddenMarks: readonly string[] },
): Promise<Answer[]> {
  const { app, authorize } = fixture
  const id = `asker-${accountsMade++}`
  const bearer = await authorize({ dialect: asker.dialect, id, scope: rules })
  const basic = `Basic ${Buffer.from(`${id}:secret`).toString('base64')}`
  const takesBearer = asker.dialect === 'own' || asker.dialect === 'genesys-cloud'
  const headers = takesBearer ? bearer : { authorization: basic }
  const answers: Answer[] = []
  const ask = async (path: string): Promise<Answer> => {
    const { rawPayload, statusCode: status } = await app.inject({ url: path, headers })
    assert.ok(status < 500 && status !== 401 && status !== 429, `${path} ${status}`)
    return { path, status, body: rawPayload.toString('latin1') }
  }
  for (const path of asker.paths(known, id)) {
    const answer = await ask(path)
    const named = hiddenMarks.find((mark) => path.includes(mark))
    if (named === undefined) answers.push(answer)
    else assertSameAsUnknown(answer, named, await ask(path.replaceAll(named, UNKNOWN_MARK)))
  }
  for (const body of (await asker.more?.(app, headers, known)) ?? []) {
    answers.push({ path: 'further questions', status: 200, body })
  }
  return answers
}

interface Answer {
  readonly path: string
  readonly status: number
  readonly body: string
}

/** Who names something hidden is answered as who names something that never was. */
function assertSameAsUnknown(answer: Answer, mark: string, unknown: Answer): void {
  const plain = ({ status, body }: Answer) =>
    `${status} ${body.replace(/[\da-f]{8}-[\da-f-]{27}/g, 'ID').replaceAll(mark, UNKNOWN_MARK)}`
  assert.equal(plain(answer), plain(unknown), answer.path)
}

async function checkWorld(
  t: Pick<TestContext, 'after'>,
  legs: readonly PlannedLeg[],
  scopes: readonly PlannedScope[],
): Promise<{ shown: number; hidden: number; mixed: Set<Carrier> }> {
  const fixture = await startFixture(t as TestContext, { settings })
  const admin = await fixture.authorize({ permissions: ['admin'] })
  const payload = captureOfWorld(legs)
  const headers = { ...admin, 'content-type': 'application/octet-stream' }
  const { app } = fixture
  const imported = await app.inject({ method: 'POST', url: '/api/v1/imports', headers, payload })
  assert.equal(imported.json().messages, legs.length * 5, imported.body)
  const known = await whatThereIs(app, admin)
  const counts = { shown: 0, hidden: 0, mixed: new Set<Carrier>() }
  for (const { rules, means } of scopes) {
    const hidden = legs.filter((leg) => !means(leg))
    const visible = legs.filter((leg) => means(leg))
    counts.shown += visible.length
    counts.hidden += hidden.length
    for (const { carrier } of visible.filter(isShared)) {
      if (hidden.some((leg) => leg.carrier === carrier)) counts.mixed.add(carrier)
    }
    for (const asker of askers) {
      const hiddenMarks = hidden.map(({ mark }) => mark)
      const answers = await answersOf(fixture, asker, known, { rules, hiddenMarks })
      for (const { mark } of hidden) {
        const told = answers.find(({ body }) => body.includes(mark))
        assert.equal(told, undefined, `${asker.dialect} ${rules.join(' | ')} tells ${mark}`)
      }
      if (!asker.tellsCalls) continue
      for (const { mark } of visible) {
        assert.ok(
          answers.some(({ body }) => body.includes(mark)),
          `${asker.dialect} ${rules.join(' | ')} hides ${mark}`,
        )
      }
    }
  }
  return counts
}

/** All legs and messages, as an account without a scope is shown them. */
async function whatThereIs(app: FastifyInstance, headers: Record<string, string>): Promise<Known> {
  const listed = await app.inject({ url: '/api/v1/legs?kind=all&limit=1000', headers })
  const { legs } = listed.json<{ legs: Leg[] }>()
  const messages: MessageRow[] = []
  for (const { callKey } of legs) {
    const call = await app.inject({ url: `/api/v1/calls/${callKey}`, headers })
    messages.push(...call.json<{ messages: MessageRow[] }>().messages)
  }
  return { legs, messages }
}

test('no API shows an account a trace of what is not its own', async (t) => {
  let shown = 0
  let hidden = 0
  const mixed = new Set<Carrier>()
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(scope, { minLength: 2, maxLength: 2 }),
      async (legs, scopes) => {
        const counts = await checkWorld(t, legs, scopes)
        shown += counts.shown
        hidden += counts.hidden
        for (const carrier of counts.mixed) mixed.add(carrier)
      },
    ),
    { seed: 20_261_149, numRuns: 2, endOnFailure: true },
  )
  assert.ok(shown > 10 && hidden > 10, `${shown} shown, ${hidden} hidden`)
  assert.deepEqual([...mixed].sort(), ['sctp-in-udp', 'tcp', 'tcp-in-vxlan'])
})
