// Which region a stream is counted in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countRegions } from './media-regions.ts'

const regions = {
  home: 'eu-west-2',
  core: ['eu-west-2', 'us-east-1'],
  satellite: ['ap-south-1'],
  networks: { 'eu-west-2': ['10.0.0.0/8'], 'us-east-1': ['192.0.2.0/24'], lab: ['2001:db8::/32'] },
}
const stream = (src: string, dst: string, endUs = 1) => ({ src, dst, endUs })

test('a stream counts in the regions of both its ends, once in each', () => {
  const counted = countRegions(regions, [
    stream('10.0.0.1', '10.0.0.2', 5),
    stream('10.0.0.1', '192.0.2.9', 9),
    stream('2001:db8::1', '2001:db8::2'),
    stream('203.0.113.1', '203.0.113.2'),
  ])
  assert.deepEqual(
    counted.regions.map(({ region, role, streams, lastUs }) => [region, role, streams, lastUs]),
    [
      ['ap-south-1', 'satellite', 0, null],
      ['eu-west-2', 'home', 2, 9],
      ['lab', 'other', 1, 1],
      ['us-east-1', 'core', 1, 9],
    ],
  )
  assert.equal(counted.streamsElsewhere, 1)
})

test('without regions everything is elsewhere', () => {
  const none = { home: null, core: [], satellite: [], networks: {} }
  assert.deepEqual(countRegions(none, [stream('10.0.0.1', '10.0.0.2')]), {
    regions: [],
    streamsElsewhere: 1,
  })
})
