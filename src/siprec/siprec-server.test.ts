// The recording server against a real recording client: sipp with scenarios of RFC 7866's flows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  body,
  hasProgram,
  participant,
  receive,
  runClient,
  scenario,
  section,
  send,
  startServer,
} from './siprec.fixture.ts'

const skip = hasProgram('sipp', '-v') ? false : 'sipp is not installed'
const bob = participant('bob', 'Bob', '1')
const paul = participant('paul', 'Paul', '2')
const two = body([section('1', 6000), section('2', 6002)], bob + paul)
const REQUIRE = 'Require: siprec\n'
const invite = send('INVITE', `CSeq: 1 INVITE\n${REQUIRE}${two}`, 'first')
const ack = (cseq: number) => send('ACK', `CSeq: ${cseq} ACK`)
const bye = (cseq: number) => send('BYE', `CSeq: ${cseq} BYE`)

for (const transport of ['u1', 't1'] as const) {
  test(`a session with two participants is taken and ended (${transport})`, { skip }, async (t) => {
    const { server, port, answers } = await startServer(t)
    const { code, log } = await runClient(t, {
      transport,
      port: port(transport === 'u1' ? 'udp' : 'tcp'),
      scenario: scenario(invite, receive(200), ack(1), bye(2), receive(200)),
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
    assert.deepEqual(
      { sessions, sessionsTaken, mediaPortPairs },
      {
        sessions: 0,
        sessionsTaken: 1,
        mediaPortPairs: 0,
      },
    )
  })
}
