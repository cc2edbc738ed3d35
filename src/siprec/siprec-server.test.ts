// The recording server against a real recording client: sipp with scenarios of RFC 7866's flows.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect as connectTcp, createServer } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import {
  body,
  hasProgram,
  makeFolder,
  participant,
  receive,
  runClient,
  scenario,
  section,
  send,
  startServer,
  until,
} from './siprec.fixture.ts'

const skip = hasProgram('sipp', '-v') ? false : 'sipp is not installed'
const bob = participant('bob', 'Bob', '1')
const paul = participant('paul', 'Paul', '2')
const two = body([section('1', 6000), section('2', 6002)], bob + paul)
const REQUIRE = 'Require: siprec\n'
const invite = send('INVITE', `CSeq: 1 INVITE\n${REQUIRE}${two}`, 'first')
const ack = (cseq: number) => send('ACK', `CSeq: ${cseq} ACK`)
const bye = (cseq: number) => send('BYE', `CSeq: ${cseq} BYE`)
const wholeCall = scenario(invite, receive(200), ack(1), bye(2), receive(200))

for (const transport of ['u1', 't1'] as const) {
  test(`a session with two participants is taken and ended (${transport})`, { skip }, async (t) => {
    const { server, port, answers } = await startServer(t)
    const { code, log } = await runClient(t, {
      transport,
      port: port(transport === 'u1' ? 'udp' : 'tcp'),
      scenario: wholeCall,
    })
    assert.equal(code, 0, log)
    const [answer] = answers()
    assert.deepEqual(
      answer?.media.map(({ type, direction, codecs }) => [type, direction, codecs[0]?.name]),
      [
        ['audio', 'recvonly', 'PCMU'],
        ['audio', 'recvonly', 'PCMU'],
      ],
    )
    const { sessions, sessionsTaken, mediaPortPairs } = server.stats()
    const expected = { sessions: 0, sessionsTaken: 1, mediaPortPairs: 0 }
    assert.deepEqual({ sessions, sessionsTaken, mediaPortPairs }, expected)
  })
}

test('a session over TLS is taken like any other', { skip }, async (t) => {
  const { key, certificate } = makeCertificate(t)
  const { server, port } = await startServer(t, { tls: { port: 0, key, certificate } })
  // This sipp speaks no TLS itself: what it says over TCP is carried on by a TLS client.
  const front = createServer((socket) => {
    const tls = connectTls({ port: port('tls'), host: '127.0.0.1', ca: certificate })
    socket.pipe(tls).pipe(socket)
    for (const end of [socket, tls]) end.on('error', () => {})
  })
  await new Promise<void>((resolve) => void front.listen(0, '127.0.0.1', resolve))
  t.after(() => front.close())
  const address = front.address()
  const frontPort = typeof address === 'object' ? (address?.port ?? 0) : 0
  const { code, log } = await runClient(t, {
    transport: 't1',
    port: frontPort,
    scenario: wholeCall,
  })
  assert.equal(code, 0, log)
  assert.equal(server.stats()['sessionsTaken'], 1)
})

test('a hold and its end keep the ports of both sections', { skip }, async (t) => {
  const { port, answers } = await startServer(t)
  const offer = (direction: string) => body([section('1', 6000), section('2', 6002, direction)])
  const { code, log } = await runClient(t, {
    port: port('udp'),
    scenario: scenario(
      invite,
      receive(200),
      ack(1),
      send('INVITE', `CSeq: 2 INVITE\n${offer('inactive')}`),
      receive(200),
      ack(2),
      send('UPDATE', `CSeq: 3 UPDATE\n${offer('sendonly')}`),
      receive(200),
      bye(4),
      receive(200),
    ),
  })
  assert.equal(code, 0, log)
  const all = answers()
  assert.equal(all.length, 3)
  const ports = all.map(({ media }) => media.map((one) => one.port))
  assert.deepEqual(ports[1], ports[0])
  assert.deepEqual(ports[2], ports[0])
  assert.deepEqual(
    all.map(({ media }) => media[1]?.direction),
    ['recvonly', 'inactive', 'recvonly'],
  )
  const versions = all.map(({ origin }) => origin?.sessionVersion)
  assert.deepEqual(versions, ['1', '2', '3'])
})

test('a third participant gets ports of its own, and one that is gone gives them back', {
  skip,
}, async (t) => {
  const { port, answers, server } = await startServer(t)
  const three = [section('1', 6000), section('2', 6002), section('3', 6004)]
  const { code, log } = await runClient(t, {
    port: port('udp'),
    scenario: scenario(
      invite,
      receive(200),
      ack(1),
      send('INVITE', `CSeq: 2 INVITE\n${body(three, participant('carol', 'Carol', '3'))}`),
      receive(200),
      ack(2),
      send('INVITE', `CSeq: 3 INVITE\n${body([section('1', 6000), section('2', 0)])}`),
      receive(200),
      ack(3),
      bye(4),
      receive(200),
    ),
  })
  assert.equal(code, 0, log)
  const [, more, fewer] = answers()
  assert.equal(new Set(more?.media.map((one) => one.port)).size, 3)
  assert.equal(fewer?.media[1]?.port, 0)
  assert.equal(server.stats()['mediaPortPairs'], 0)
})

test('what is no recording session is refused, with the reason', { skip }, async (t) => {
  const { port, server } = await startServer(t)
  const refused = (request: string, status: number, headers: string, method = 'INVITE') =>
    scenario(
      request,
      `<recv response="${status}"><action><ereg regexp="${headers}" search_in="msg"
        check_it="true" assign_to="1"/></action></recv>`,
      ...(method === 'INVITE' ? [ack(1)] : []),
      '<Reference variables="1"/>',
    )
  const sdp = body([section('1', 6000)])
  const video = body(['m=video 6000 RTP/AVP 96\na=rtpmap:96 VP8/90000\n'])
  const cases = [
    refused(send('INVITE', `CSeq: 1 INVITE\n${sdp}`, 'first'), 200, 'srs'),
    refused(send('INVITE', `CSeq: 1 INVITE\n${sdp}`, 'first plain'), 488, 'Warning: 399'),
    refused(send('INVITE', `CSeq: 1 INVITE\n${REQUIRE}${video}`, 'first'), 488, 'Warning: 305'),
    refused(send('INVITE', `CSeq: 1 INVITE\n${REQUIRE}`, 'first'), 488, 'offer is expected'),
    refused(
      send('INVITE', `CSeq: 1 INVITE\nRequire: siprec, 100rel\n${sdp}`, 'first'),
      420,
      'Unsupported: 100rel',
    ),
    refused(
      send('INVITE', `CSeq: 1 INVITE\n${REQUIRE}Content-Type: text/plain\n\nhello`, 'first'),
      415,
      'Accept: application/sdp',
    ),
    refused(
      send(
        'INVITE',
        `CSeq: 1 INVITE\n${REQUIRE}Supported: timer\nSession-Expires: 30\n${sdp}`,
        'first',
      ),
      422,
      'Min-SE: 90',
    ),
    refused(send('OPTIONS', 'CSeq: 1 OPTIONS', 'first'), 200, 'rs-metadata', 'OPTIONS'),
    refused(send('SUBSCRIBE', 'CSeq: 1 SUBSCRIBE', 'first'), 405, 'Allow: INVITE', 'SUBSCRIBE'),
    refused(bye(1), 481, 'Does Not Exist', 'BYE'),
    refused(send('CANCEL', 'CSeq: 1 CANCEL', 'first'), 481, 'Does Not Exist', 'CANCEL'),
  ]
  const runs = cases.map((each) => runClient(t, { port: port('udp'), scenario: each }))
  for (const [i, { code, log }] of (await Promise.all(runs)).entries()) {
    assert.equal(code, 0, `case ${i}: ${log}`)
  }
  assert.equal(server.stats()['sessionsTaken'], 1)
})

test('a session too many, and one without free ports, are told to come later', {
  skip,
}, async (t) => {
  const later = scenario(
    invite,
    `<recv response="503"><action><ereg regexp="Retry-After: [0-9]+" search_in="msg"
      check_it="true" assign_to="1"/></action></recv>`,
    ack(1),
    '<Reference variables="1"/>',
  )
  const full = await startServer(t, { sessionsMax: 0 })
  const noPorts = await startServer(t, { mediaPorts: { first: 29_998, last: 29_999 } })
  for (const { port } of [full, noPorts]) {
    const { code, log } = await runClient(t, { port: port('udp'), scenario: later })
    assert.equal(code, 0, log)
  }
  assert.equal(noPorts.server.stats()['mediaPortPairs'], 0)
})

test('an INVITE that comes again is one session; its 200 is repeated until the ACK', async (t) => {
  const { port, server } = await startServer(t)
  const client = await openClient(t, port('udp'))
  const text = inviteText(client.port)
  client.send(text)
  client.send(text)
  const first = await until(() => client.received[0])
  // Without an ACK the server sends it again by itself (RFC 3261 §13.3.1.4).
  await until(() => (client.received.length >= 4 ? true : undefined))
  assert.ok(client.received.every((one) => one === first))
  assert.equal(server.stats()['sessionsTaken'], 1)
  client.send(ackText(client.port, first))
  const byeText = requestText('BYE', 2, client.port, first)
  client.send(byeText)
  const answer = await until(() => client.received.find((one) => one.includes('CSeq: 2 BYE')))
  assert.match(answer, /^SIP\/2\.0 200 /)
  client.send(byeText)
  await until(() =>
    client.received.filter((one) => one === answer).length >= 2 ? true : undefined,
  )
  assert.equal(server.stats()['sessions'], 0)
})

test('the server ends its sessions with BYE when it stops', async (t) => {
  const { port, server } = await startServer(t)
  const client = await openClient(t, port('udp'))
  client.send(inviteText(client.port))
  const answer = await until(() => client.received.find((one) => one.startsWith('SIP/2.0 200')))
  client.send(ackText(client.port, answer))
  await server.stop()
  const bye = await until(() => client.received.find((one) => one.startsWith('BYE ')))
  const tag = /To: .*;tag=(\S+)/.exec(answer)?.[1]
  assert.ok(bye.includes(`From: <sip:srs@127.0.0.1>;tag=${tag}`))
  assert.ok(bye.includes('To: <sip:src@127.0.0.1>;tag=client'))
})

test('garbage, half messages and silence harm nobody else', { skip }, async (t) => {
  const { port, server } = await startServer(t)
  const stream = connectTcp(port('tcp'), '127.0.0.1')
  t.after(() => stream.destroy())
  stream.write('INVITE sip:x SIP/2.0\r\nContent-Length: 5000000000\r\n\r\n')
  stream.write(Buffer.alloc(100_000, 0x41))
  const client = await openClient(t, port('udp'))
  for (const text of ['', '\r\n\r\n', 'INVITE sip:a SIP/2.0\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n']) {
    client.send(text)
  }
  client.send(inviteText(client.port).replace(/^From:.*\r\n/m, ''))
  const refusal = await until(() => client.received[0])
  assert.match(refusal, /^SIP\/2\.0 400 From Missing/)
  const { code, log } = await runClient(t, {
    port: port('tcp'),
    transport: 't1',
    scenario: wholeCall,
  })
  assert.equal(code, 0, log)
  assert.equal(server.stats()['sessions'], 0)
})

test('from whoever is no client nothing is taken, neither messages nor media', async (t) => {
  const isClient = (address: string) => address === '127.0.0.1'
  const { port, server, answers } = await startServer(t, { isClient })
  const stranger = await openClient(t, port('udp'), '127.0.0.2')
  stranger.send(inviteText(stranger.port))
  const stream = connectTcp({ port: port('tcp'), host: '127.0.0.1', localAddress: '127.0.0.2' })
  await new Promise<void>((resolve) => void stream.on('close', resolve).on('error', () => {}))
  const client = await openClient(t, port('udp'))
  // Media may come from elsewhere than messages: from where the description says.
  client.send(inviteText(client.port, '127.0.0.3'))
  await until(() => client.received[0])
  const mediaPort = answers()[0]?.media[0]?.port ?? 0
  for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) {
    const source = await openClient(t, mediaPort, address)
    source.send('media')
  }
  await until(() => (server.stats()['mediaPackets'] === 2 ? true : undefined))
  await until(() => server.stats()['mediaPacketsTurnedAway'])
  const { sessions, datagramsTurnedAway, connectionsTurnedAway } = server.stats()
  assert.deepEqual([sessions, datagramsTurnedAway, connectionsTurnedAway], [1, 1, 1])
  assert.deepEqual(stranger.received, [])
})

function makeCertificate(t: TestContext): { key: string; certificate: string } {
  const folder = makeFolder(t)
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const flags = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const args = ['req', ...flags.split(' '), ...names, '-keyout', key, '-out', certificate]
  const { status, stderr } = spawnSync('openssl', args)
  assert.equal(status, 0, stderr?.toString())
  return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') }
}

// ── a client that sends what sipp would not ────────────────────────────────────────────────────

async function openClient(t: TestContext, serverPort: number, address = '127.0.0.1') {
  const socket = createSocket('udp4')
  const received: string[] = []
  socket.on('message', (bytes) => received.push(bytes.toString('latin1')))
  await new Promise<void>((resolve) => void socket.bind(0, address, resolve))
  t.after(() => socket.close())
  const send = (text: string) => socket.send(text, serverPort, '127.0.0.1')
  return { port: socket.address().port, received, send }
}

function requestText(method: string, cseq: number, port: number, answer = ''): string {
  const tag = /To: .*;tag=(\S+)/.exec(answer)?.[1]
  return [
    `${method} sip:srs@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${method}${cseq}`,
    'From: <sip:src@127.0.0.1>;tag=client',
    `To: <sip:srs@127.0.0.1>${tag === undefined ? '' : `;tag=${tag}`}`,
    'Call-ID: by-hand@127.0.0.1',
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:src@127.0.0.1:${port}>;+sip.src`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

function inviteText(port: number, mediaAddress = '127.0.0.1'): string {
  const connection = `c=IN IP4 ${mediaAddress}`
  const session = ['v=0', 'o=s 1 1 IN IP4 127.0.0.1', 's=-', connection, 't=0 0']
  const media = ['m=audio 6000 RTP/AVP 8', 'a=sendonly', 'a=label:1', '']
  const sdp = [...session, ...media].join('\r\n')
  const type = 'Require: siprec\r\nContent-Type: application/sdp'
  return requestText('INVITE', 1, port).replace(
    'Content-Length: 0\r\n\r\n',
    `${type}\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`,
  )
}

function ackText(port: number, answer: string): string {
  return requestText('ACK', 1, port, answer)
}
