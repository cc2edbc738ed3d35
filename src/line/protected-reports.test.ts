// A captured call whose media is encrypted: what its phones report of it stands in SRTCP, and is
// opened with the keys that their SDP told.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { StoreFinder } from '../query/store-finder.ts'
import { importInto, makeFolder, withStore } from './store.fixture.ts'

const CAPTURE = join(import.meta.dirname, '../../test/captures/gen__baresip-srtp.pcap')

test('the reports of a call with keys in SDP are those of its phones', async (t) => {
  const folder = makeFolder(t)
  await importInto(folder, CAPTURE)
  const { rows } = await withStore(folder, 'read', (store) =>
    new StoreFinder(store).findStreams({}, { limit: 10, order: 'oldest' }),
  )
  assert.equal(rows.length, 2)
  for (const { reports, packets } of rows) {
    assert.equal(packets, 551)
    const sent = reports.find(({ side }) => side === 'sender')
    const received = reports.find(({ side }) => side === 'receiver')
    // The second report left after ten seconds of packets of 20 ms.
    assert.deepEqual([sent?.reports, sent?.packetsExpected], [2, 500])
    assert.deepEqual([received?.packetsLost, received?.lossRatio], [0, 0])
    // Phones of one machine: milliseconds, where bytes that are no report would give any number.
    for (const figure of [received?.jitterMs, received?.roundTripMs]) {
      assert.ok(typeof figure === 'number' && figure < 20, `${figure} ms`)
    }
  }
})
