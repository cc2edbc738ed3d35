// Kamailio's siptrace, in each version of HEP, with calls of sipp through it: what arrives gives
// the calls that were made.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hepOrders, startLive } from '../../src/line/live.fixture.ts'
import { faultsOf, makeFolder } from '../../src/line/store.fixture.ts'
import { startKamailio } from './kamailio.ts'
import { freePort, needPrograms, runBeside, runToEnd } from './programs.ts'

const CALLS = 3
/** Each of the proxy's two sides: seven messages, and one 100 to the caller alone. */
const MESSAGES_PER_CALL = 13

for (const hepVersion of [1, 2, 3] as const) {
  test(`Kamailio sends HEP ${hepVersion}: the calls come out right`, async (t) => {
    const paths = needPrograms(t, 'kamailio', 'sipp')
    if (paths === undefined) return
    const [kamailio = '', sipp = ''] = paths
    // Versions before 3 cannot carry a key.
    const authKey = hepVersion === 3 ? 'our key' : ''
    const server = await startLive(t, [{ ...hepOrders, authKey }])
    const [port, callee, caller] = [await freePort(), await freePort(), await freePort()]
    startKamailio(t, {
      path: kamailio,
      folder: makeFolder(t),
      port,
      nextPort: callee,
      hepPort: server.port('udp'),
      hepVersion,
      ...(authKey === '' ? {} : { authKey }),
    })
    const local = ['-i', '127.0.0.1', '-nostdin']
    runBeside(t, sipp, ['-sn', 'uas', '-p', String(callee), ...local])
    const target = ['127.0.0.1:' + port, '-p', String(caller)]
    const pace = ['-m', String(CALLS), '-r', '5', '-d', '100']
    assert.equal(await runToEnd(sipp, ['-sn', 'uac', ...target, ...pace, ...local]), 0)
    const { legs, messages } = await server.found(CALLS * MESSAGES_PER_CALL)
    // The proxy may have been slow to start: then the caller repeated itself.
    const repeated = legs.reduce((sum, leg) => sum + JSON.parse(leg).retransmissions, 0)
    assert.equal(messages.length - repeated, CALLS * MESSAGES_PER_CALL)
    assert.equal(legs.length, CALLS)
    for (const leg of legs.map((line) => JSON.parse(line))) {
      assert.equal(leg.state, 'completed')
      assert.equal(leg.status, 200)
      assert.equal(leg.src, '127.0.0.1')
      assert.equal(leg.srcPort, caller)
      assert.ok(leg.answerUs >= leg.ringUs && leg.endUs > leg.answerUs)
      assert.deepEqual(leg.problems, [])
    }
    const { arrivals } = await server.until((state) => state.messages === messages.length)
    assert.deepEqual(
      arrivals.map(({ agentId, auth }) => [agentId, auth]),
      [[hepVersion === 1 ? null : 2026, authKey === '' ? 'not-asked' : 'good']],
    )
    await server.close()
    assert.deepEqual(await faultsOf(server.folder), [])
  })
}
