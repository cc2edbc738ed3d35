// Real TLS of every suite, as an observer with the key log sees it, and WebSockets: what the two
// ends said comes out, however the wire cut it, and nothing else does.
import assert from 'node:assert/strict'
import { deflateRawSync } from 'node:zlib'
import { test } from 'node:test'
import fc from 'fast-check'
import { KeyLog, type SecretSource } from '../source/key-log.ts'
import { limits } from '../base/limits.ts'
import { StreamOpener } from './stream-opener.ts'
import {
  type Conversation,
  ecCertificate,
  ecKey,
  type Observed,
  observeTls,
} from './tls/observed-tls.fixture.ts'

const CLIENT = { src: 1, srcPort: 40_000, dst: 2, dstPort: 5061 }
const SERVER = { src: 2, srcPort: 5061, dst: 1, dstPort: 40_000 }
const HEADERS = `Call-ID: ${'x'.repeat(300)}\r\nContent-Length: 0\r\n\r\n`
const REQUEST = `OPTIONS sip:a@b SIP/2.0\r\n${HEADERS}`
const ANSWER = `SIP/2.0 200 OK\r\n${HEADERS}`

function keyLogOf(text: string): KeyLog {
  const log = new KeyLog()
  log.add(Buffer.from(text))
  log.finish()
  return log
}

interface Opened {
  /** What came out of the client's direction and of the server's, as text. */
  client: string
  server: string
  messages: { transport: number; text: string; tUs: number }[]
  problems: Record<string, number>
  /** Chunks that were left to the caller. */
  left: number
  opener: StreamOpener
}

/** Pushes chunks through an opener; the nth has time n. */
function open(
  chunks: readonly (Observed & { isAfterGap?: boolean; isMidstream?: boolean })[],
  secrets?: SecretSource,
): Opened {
  const opened = newOpened(secrets)
  chunks.forEach((chunk, index) => push(opened, chunk, index))
  for (const isFromClient of [true, false]) {
    push(opened, { isFromClient, bytes: Buffer.alloc(0) }, chunks.length, true)
  }
  opened.opener.finish()
  opened.problems = Object.fromEntries(opened.opener.problems())
  return opened
}

function newOpened(secrets?: SecretSource): Opened {
  const opener = new StreamOpener({
    ...(secrets === undefined ? {} : { secrets }),
    sink: {
      streamChunk: (chunk) => {
        const text = chunk.bytes.toString('latin1', chunk.start, chunk.end)
        if (chunk.src === CLIENT.src) opened.client += text
        else opened.server += text
        if (text !== '') opened.messages.push({ transport: 250, text, tUs: chunk.tUs })
      },
      datagram: ({ bytes, start, end, transport, tUs }) => {
        const text = bytes.toString('latin1', start, end)
        opened.messages.push({ transport, text, tUs })
      },
    },
  })
  const opened: Opened = { client: '', server: '', messages: [], problems: {}, left: 0, opener }
  return opened
}

function push(
  opened: Opened,
  chunk: Observed & { isAfterGap?: boolean; isMidstream?: boolean },
  tUs: number,
  isEnd = false,
): void {
  const { isFromClient, bytes, isAfterGap = false, isMidstream = false } = chunk
  const isOurs = opened.opener.push({
    ...(isFromClient ? CLIENT : SERVER),
    tUs,
    streamId: isFromClient ? 1 : 2,
    bytes,
    start: 0,
    end: bytes.length,
    piece: { ref: 1, offset: 0, length: bytes.length },
    isAfterGap,
    isMidstream,
    isEnd,
  })
  if (!isOurs && bytes.length > 0) opened.left++
}

const ec = { key: ecKey, cert: ecCertificate }
const v12 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const
const v13 = { minVersion: 'TLSv1.3' } as const

const suites = [
  { ...v12, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
  { ...v12, ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' },
  { ...v12, ciphers: 'ECDHE-RSA-CHACHA20-POLY1305' },
  { ...v12, ...ec, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
  { ...v12, ...ec, ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' },
  { ...v12, ...ec, ciphers: 'ECDHE-ECDSA-AES128-CCM' },
  { ...v12, ...ec, ciphers: 'ECDHE-ECDSA-AES256-CCM8:@SECLEVEL=0' },
  { ...v12, ciphers: 'AES128-GCM-SHA256' },
  { ...v12, ciphers: 'AES256-GCM-SHA384' },
  { ...v12, ciphers: 'AES128-SHA' },
  { ...v12, ciphers: 'AES256-SHA256' },
  { ...v12, ciphers: 'ECDHE-RSA-AES128-SHA' },
  { ...v12, ciphers: 'ECDHE-RSA-AES128-SHA256' },
  { ...v12, ciphers: 'ECDHE-RSA-AES256-SHA384' },
  { ...v13, ciphers: 'TLS_AES_128_GCM_SHA256' },
  { ...v13, ciphers: 'TLS_AES_256_GCM_SHA384' },
  { ...v13, ciphers: 'TLS_CHACHA20_POLY1305_SHA256' },
  { ...v13, ciphers: 'TLS_AES_128_CCM_SHA256' },
]

for (const tls of suites) {
  test(`StreamOpener: opens ${tls.minVersion} with ${tls.ciphers}`, async () => {
    const { observed, keyLog, cipher } = await observeTls({ tls, messages: [REQUEST, ANSWER] })
    assert.equal(tls.ciphers.split(':')[0], cipher)
    const opened = open(observed, keyLogOf(keyLog))
    assert.deepEqual([opened.client, opened.server], [REQUEST, ANSWER])
    assert.deepEqual(opened.problems, {})
    assert.equal(opened.left, 0)
  })
}

test('StreamOpener: opens a second connection that resumes the first', async () => {
  const messages = [REQUEST, ANSWER]
  const { observed, keyLog } = await observeTls({ tls: v12, messages, connections: 2 })
  const opened = newOpened(keyLogOf(keyLog))
  // Both connections were given the same two streams by the observer; the second begins anew.
  const hellos = observed.flatMap(({ isFromClient, bytes }, at) =>
    isFromClient && bytes[0] === 22 && bytes[5] === 1 ? [at] : [],
  )
  assert.equal(hellos.length, 2)
  for (const half of [observed.slice(0, hellos[1]), observed.slice(hellos[1])]) {
    half.forEach((chunk, at) => push(opened, chunk, at))
    for (const isFromClient of [true, false]) {
      push(opened, { isFromClient, bytes: Buffer.alloc(0) }, 99, true)
    }
  }
  assert.equal(opened.client, REQUEST + REQUEST)
  assert.equal(opened.server, ANSWER + ANSWER)
})

let kept: Conversation | undefined
async function long(): Promise<Conversation> {
  const messages = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? REQUEST : ANSWER))
  kept ??= await observeTls({ tls: v13, messages })
  return kept
}

test('StreamOpener: gives the same however the wire cuts the streams', async () => {
  const { observed, keyLog } = await long()
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (sizes) => {
      let turn = 0
      const cut = observed.flatMap(({ isFromClient, bytes }) => {
        const pieces: Observed[] = []
        for (let at = 0; at < bytes.length; ) {
          const size = sizes[turn++ % sizes.length] ?? 1
          pieces.push({ isFromClient, bytes: bytes.subarray(at, at + size) })
          at += size
        }
        return pieces
      })
      // Only the first chunk of a stream decides what it is, and must hold a record's header.
      fc.pre(['client', 'server'].every((side) => firstOf(cut, side === 'client') >= 5))
      const opened = open(cut, keyLogOf(keyLog))
      assert.deepEqual([opened.client, opened.server], [REQUEST.repeat(6), ANSWER.repeat(6)])
    }),
    { seed: 7, numRuns: 20 },
  )
})

function firstOf(chunks: readonly Observed[], isFromClient: boolean): number {
  return chunks.find((chunk) => chunk.isFromClient === isFromClient)?.bytes.length ?? 0
}

test('StreamOpener: keeps what it cannot open until the secret is written', async () => {
  const { observed, keyLog } = await long()
  class GrowingLog extends KeyLog {
    override readonly mayGrow = true
  }
  const log = new GrowingLog()
  const opened = newOpened(log)
  observed.forEach((chunk, at) => push(opened, chunk, at))
  assert.equal(opened.client, '')
  assert.ok(opened.opener.stats().heldBytes > 0)
  log.add(Buffer.from(keyLog))
  opened.opener.tick()
  assert.deepEqual([opened.client, opened.server], [REQUEST.repeat(6), ANSWER.repeat(6)])
  assert.equal(opened.opener.stats().heldBytes, 0)
  // Each message has the time at which it came, not that of its secret.
  const times = opened.messages.filter(({ text }) => text === REQUEST).map(({ tUs }) => tUs)
  assert.equal(new Set(times).size, 6)
})

test('StreamOpener: says that a stream has no key, and holds nothing of it', async () => {
  const { observed } = await long()
  const opened = open(observed)
  assert.deepEqual(opened.problems, { 'decode.tls.no-key': 2 })
  assert.equal(opened.opener.stats().heldBytes, 0)
})

test('StreamOpener: what waits for a secret is bounded', async () => {
  const { observed } = await long()
  const opened = newOpened({ find: () => undefined, revision: 0, mayGrow: true })
  observed.forEach((chunk, at) => push(opened, chunk, at))
  const record = Buffer.concat([Buffer.from([23, 3, 3, 0x3f, 0xff]), Buffer.alloc(0x3fff)])
  for (let i = 0; i < 20; i++) push(opened, { isFromClient: true, bytes: record }, i)
  assert.equal(opened.opener.problems().get('decode.tls.turned-away'), 1)
  assert.ok(opened.opener.stats().heldBytes <= limits.tlsPendingBytesPerStreamMax)
})

test('StreamOpener: goes on behind a hole, where a segment begins with a record', async () => {
  for (const tls of [v12, v13]) {
    const messages = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? REQUEST : ANSWER))
    const { observed, keyLog } = await observeTls({ tls, messages })
    const [from] = dataChunks(observed)
    assert.ok(from !== undefined)
    // The second message of the client is lost.
    const second = observed.findIndex((chunk, at) => at > from && chunk.isFromClient)
    const rest = observed.flatMap((chunk, at) => {
      if (at === second) return []
      const next = observed.findIndex((each, i) => i > second && each.isFromClient)
      return [{ ...chunk, isAfterGap: at === next }]
    })
    const opened = open(rest, keyLogOf(keyLog))
    assert.equal(opened.client, REQUEST.repeat(5))
    assert.equal(opened.server, ANSWER.repeat(6))
  }
})

/** Places of the client's chunks that are application data. */
function dataChunks(observed: readonly Observed[]): number[] {
  return observed.flatMap(({ isFromClient, bytes }, at) => {
    return isFromClient && bytes[0] === 23 && bytes.length > 200 ? [at] : []
  })
}

test('StreamOpener: gives a stream up whose records its secret does not open', async () => {
  const { observed, keyLog } = await long()
  const wrong = keyLog.replaceAll(
    / [\da-f]{60,}$/gm,
    (secret) => ` ${'0'.repeat(secret.length - 1)}`,
  )
  const records = Array.from({ length: 200 }, () => observed.at(-1)).flatMap((chunk) => chunk ?? [])
  const opened = open([...observed, ...records], keyLogOf(wrong))
  assert.equal(opened.client + opened.server, '')
  assert.equal(opened.problems['decode.tls.unreadable'], 1)
})

test('StreamOpener: leaves what is neither TLS nor a WebSocket to the caller', () => {
  for (const text of [
    REQUEST,
    ANSWER,
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    '\x16',
    'SSH-2.0-x\r\n',
  ]) {
    const opened = open([{ isFromClient: true, bytes: Buffer.from(text) }])
    assert.equal(opened.left, 1, text)
    assert.deepEqual(opened.messages, [])
  }
})

// ── WebSockets ─────────────────────────────────────────────────────────────────────────────────

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Protocol: sip\r\n\r\n'
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n'

interface FrameOptions {
  readonly opcode?: number
  readonly isFinal?: boolean
  readonly isMasked?: boolean
  readonly isDeflated?: boolean
}

function frame(payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const { opcode = 1, isFinal = true, isMasked = false, isDeflated = false } = options
  const bytes = Buffer.from(payload)
  const first = (isFinal ? 0x80 : 0) | (isDeflated ? 0x40 : 0) | opcode
  const mask = isMasked ? 0x80 : 0
  const head =
    bytes.length < 126
      ? Buffer.from([first, mask | bytes.length])
      : Buffer.from([first, mask | 126, bytes.length >> 8, bytes.length & 255])
  if (!isMasked) return Buffer.concat([head, bytes])
  const key = Buffer.from([0x12, 0x34, 0x56, 0x78])
  const masked = bytes.map((byte, i) => byte ^ (key[i & 3] ?? 0))
  return Buffer.concat([head, key, masked])
}

function fromClient(...parts: (Buffer | string)[]): Observed {
  return { isFromClient: true, bytes: Buffer.concat(parts.map((part) => Buffer.from(part))) }
}

function fromServer(...parts: (Buffer | string)[]): Observed {
  return { ...fromClient(...parts), isFromClient: false }
}

test('StreamOpener: reads WebSocket messages, masked and not, behind their upgrade', () => {
  const opened = open([
    fromClient(UPGRADE),
    fromServer(SWITCHING, frame(ANSWER)),
    fromClient(frame(REQUEST, { isMasked: true })),
  ])
  assert.deepEqual(
    opened.messages.map(({ transport, text }) => [transport, text]),
    [
      [251, ANSWER],
      [251, REQUEST],
    ],
  )
  assert.equal(opened.left, 0)
})

const ASKED_TO_LOG_IN = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\nnever'
const PAGE = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'
const PAGE_SENT = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
const EXCHANGES: Record<string, readonly Observed[]> = {
  'after it was asked to log in': [fromClient(UPGRADE), fromServer(ASKED_TO_LOG_IN)],
  'after other exchanges of its connection': [
    fromClient(PAGE),
    fromServer(PAGE_SENT),
    fromServer('ok'),
    fromClient(PAGE.slice(0, 9)),
    fromClient(PAGE.slice(9), PAGE),
    fromServer(PAGE_SENT, PAGE_SENT, 'ok'),
  ],
}
const CONVERSATION = [
  fromClient(UPGRADE),
  fromServer(SWITCHING),
  fromClient(frame(REQUEST, { isMasked: true })),
  fromServer(frame(ANSWER)),
]

for (const [when, exchanges] of Object.entries(EXCHANGES)) {
  test(`StreamOpener: finds a WebSocket ${when}, in each direction by itself`, () => {
    const chunks = [...exchanges, ...CONVERSATION]
    for (const [one, expected] of [
      [chunks, [REQUEST, ANSWER]],
      [chunks.filter(({ isFromClient }) => isFromClient), [REQUEST]],
      [chunks.filter(({ isFromClient }) => !isFromClient), [ANSWER]],
    ] as const) {
      const { messages, problems } = open(one)
      assert.deepEqual([messages.map(({ text }) => text), problems], [expected, {}])
    }
  })
}

test('StreamOpener: tells the caller the end of a stream that it read before the upgrade', () => {
  const { opener } = newOpened()
  const push = (bytes: Buffer, isEnd = false): boolean => {
    const piece = { ref: 1, offset: 0, length: bytes.length }
    const place = { tUs: 1, streamId: 1, bytes, start: 0, end: bytes.length, piece }
    return opener.push({ ...CLIENT, ...place, isAfterGap: false, isMidstream: false, isEnd })
  }
  const nothing = Buffer.alloc(0)
  const seen = [push(Buffer.from(PAGE)), push(Buffer.from(UPGRADE)), push(nothing, true)]
  assert.deepEqual(seen, [false, true, false])
  assert.equal(opener.stats().streams, 0)
})

test('StreamOpener: leaves HTTP to the caller that goes on without an upgrade', () => {
  const body = fromServer('x'.repeat(limits.plainHttpBytesMax / 8))
  const chunks = Array.from({ length: 10 }, () => [fromServer(PAGE_SENT), body]).flat()
  const opened = open([...chunks, fromServer(SWITCHING), fromServer(frame(ANSWER))])
  assert.equal(opened.left, 22)
  assert.deepEqual(opened.messages, [])
})

test('StreamOpener: puts fragments together, with control frames between them', () => {
  const bytes = Buffer.concat([
    frame(REQUEST.slice(0, 10), { isFinal: false, isMasked: true }),
    frame('ping', { opcode: 9, isMasked: true }),
    frame(REQUEST.slice(10, 200), { opcode: 0, isFinal: false, isMasked: true }),
    frame(REQUEST.slice(200), { opcode: 0, isMasked: true }),
  ])
  for (const size of [1, 7, 100, 5_000]) {
    const chunks = [fromClient(UPGRADE)]
    for (let at = 0; at < bytes.length; at += size)
      chunks.push(fromClient(bytes.subarray(at, at + size)))
    assert.deepEqual(
      open(chunks).messages.map(({ text }) => text),
      [REQUEST],
    )
  }
})

test('StreamOpener: unpacks deflated messages, which may refer to those before', () => {
  const deflate = (text: string, before = ''): Buffer => {
    const options = {
      finishFlush: 2,
      ...(before === '' ? {} : { dictionary: Buffer.from(before) }),
    }
    return deflateRawSync(Buffer.from(text), options).subarray(0, -4)
  }
  const second = deflate(ANSWER, ANSWER)
  assert.ok(second.length < 20)
  const opened = open([
    fromServer(SWITCHING),
    fromServer(frame(deflate(ANSWER), { isDeflated: true })),
    fromServer(frame(second, { isDeflated: true })),
    fromServer(frame('not deflated at all', { isDeflated: true })),
  ])
  assert.deepEqual(
    opened.messages.map(({ text }) => text),
    [ANSWER, ANSWER],
  )
  assert.deepEqual(opened.problems, { 'decode.websocket.inflate-failed': 1 })
})

test('StreamOpener: joins a WebSocket in its middle by a frame with SIP in it', () => {
  const chunk = { ...fromClient(frame(REQUEST, { isMasked: true })), isMidstream: true }
  assert.deepEqual(
    open([chunk]).messages.map(({ text }) => text),
    [REQUEST],
  )
})

test('StreamOpener: reads WebSockets inside TLS', async () => {
  const there = Buffer.concat([Buffer.from(UPGRADE), frame(REQUEST, { isMasked: true })])
  const back = Buffer.concat([Buffer.from(SWITCHING), frame(ANSWER)])
  const { observed, keyLog } = await observeTls({ messages: [there, back] })
  const opened = open(observed, keyLogOf(keyLog))
  assert.deepEqual(
    opened.messages.map(({ transport, text }) => [transport, text]),
    [
      [252, REQUEST],
      [252, ANSWER],
    ],
  )
  assert.equal(opened.client + opened.server, '')
})
