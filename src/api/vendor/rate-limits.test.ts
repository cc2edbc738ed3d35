// A bound on requests, as each vendor tells of it and refuses what goes beyond.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFixture } from '../http/server.fixture.ts'

const PROJECT = 'b08dacad-b5c8-4ee3-8ae8-2ee2a5d3c9a1'
const settings = {
  signalwireRequestsPerMinute: 2,
  bandwidthRequestsPerMinute: 2,
  gwsRequestsPerMinute: 2,
}

test('beyond the bound each vendor answers 429 in its own words, and counts anew', async (t) => {
  const { app, accounts, clock } = await startFixture(t, { settings })
  await accounts.create({ dialect: 'signalwire', id: PROJECT, secret: 's' })
  await accounts.create({ dialect: 'bandwidth', id: 'u-1', secret: 's' })
  await accounts.create({ dialect: 'gws', id: 'admin', secret: 's' })
  const ask = (id: string, url: string) => {
    const authorization = `Basic ${Buffer.from(`${id}:s`).toString('base64')}`
    return app.inject({ url, headers: { authorization } })
  }
  const asks = {
    signalwire: () => ask(PROJECT, `/2010-04-01/Accounts/${PROJECT}/Calls`),
    bandwidth: () => ask('u-1', '/v1/users/u-1/calls'),
    gws: () => ask('admin', '/api/v2/recordings?startTime=0'),
  }
  for (const one of Object.values(asks)) {
    assert.equal((await one()).statusCode, 200)
    assert.equal((await one()).statusCode, 200)
  }
  const signalwire = await asks.signalwire()
  assert.equal(signalwire.statusCode, 429)
  assert.equal(signalwire.json().code, 20_429)
  assert.equal(signalwire.headers['x-ratelimit-limit'], '2')
  assert.equal(signalwire.headers['x-ratelimit-remaining'], '0')

  const bandwidth = await asks.bandwidth()
  assert.equal(bandwidth.statusCode, 429)
  const { category, code, details } = bandwidth.json()
  assert.deepEqual(
    { category, code },
    { category: 'too-many-requests', code: 'rate-limit-reached' },
  )
  const resetMs = String(clock.nowUs() / 1000 + 60_000)
  assert.equal(bandwidth.headers['x-ratelimit-reset'], resetMs)
  assert.deepEqual(details.at(-1), { name: 'rateLimitResetTime', value: resetMs })

  const gws = await asks.gws()
  assert.equal(gws.statusCode, 429)
  assert.deepEqual(Object.keys(gws.json()), ['statusCode', 'statusMessage'])

  for (const { headers } of [signalwire, bandwidth, gws]) assert.equal(headers['retry-after'], '60')
  clock.tUs += 60_000_000
  for (const one of Object.values(asks)) assert.equal((await one()).statusCode, 200)
})

test('guessing a secret is slowed down, in the words of the vendor', async (t) => {
  const { app, accounts } = await startFixture(t)
  await accounts.create({ dialect: 'bandwidth', id: 'u-1', secret: 's' })
  const guess = (secret: string) => {
    const authorization = `Basic ${Buffer.from(`u-1:${secret}`).toString('base64')}`
    return app.inject({ url: '/v1/users/u-1/calls', headers: { authorization } })
  }
  for (let i = 0; i < 5; i++) assert.equal((await guess(`${i}`)).statusCode, 401)
  const early = await guess('s')
  assert.equal(early.statusCode, 429)
  assert.equal(early.json().category, 'too-many-requests')
  assert.equal(early.headers['retry-after'], '1')
})
