// A disk that is full, really: whoever would write is told so in the words of the API.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, test, type TestContext } from 'node:test'
import { canMount, fillUp, mountDisk } from '../../store/disks.fixture.ts'
import { startFixture } from './server.fixture.ts'

const basic = `Basic ${Buffer.from('someone:secret').toString('base64')}`

async function start(t: TestContext, captures: readonly string[] = []) {
  const disk = mountDisk(t, '8m')
  const fixture = await startFixture(t, { disk, captures })
  await fixture.accounts.create({ dialect: 'own', id: 'someone', secret: 'secret' })
  await fixture.accounts.create({ dialect: 'genesys-cloud', id: 'someone', secret: 'secret' })
  return { ...fixture, headers: await fixture.authorize(), fill: () => fillUp(disk) }
}

suite('a full disk', {
  skip: canMount() ? false : 'only root can mount a small disk',
}, () => {
  test('a login that cannot be noted is no mistake of ours', async (t) => {
    const { app, fill } = await start(t)
    fill()
    const own = await app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      payload: { id: 'someone', secret: 'secret' },
    })
    assert.deepEqual(
      [own.statusCode, own.json()],
      [507, { error: { kind: 'full', message: 'the disk is full' } }],
    )
    const vendor = await app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'grant_type=client_credentials',
    })
    assert.equal(vendor.statusCode, 503, vendor.body)
  })

  test('a sound that there is no room for is no mistake of ours', async (t) => {
    const { app, headers, fill } = await start(t, ['examples/made-spoken-call.pcap'])
    const { calls } = (await app.inject({ url: '/api/v1/calls', headers })).json()
    fill()
    for (const name of ['sound.wav', 'peaks']) {
      const url = `/api/v1/calls/${calls[0].callKey}/${name}`
      const response = await app.inject({ url, headers })
      assert.deepEqual(
        [response.statusCode, response.json()],
        [507, { error: { kind: 'full', message: 'the disk is full' } }],
        name,
      )
    }
  })

  test('an upload is told before it is whole, and leaves nothing', {
    timeout: 30_000,
  }, async (t) => {
    const { app, dataFolder, headers, fill } = await start(t)
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    fill()
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.write(
      `POST /api/v1/imports HTTP/1.1\r\nHost: a\r\nAuthorization: ${headers['authorization']}\r\n` +
        'Content-Type: application/octet-stream\r\nContent-Length: 100000000\r\n\r\n',
    )
    socket.write(Buffer.alloc(1_000_000))
    const answer = await text(socket)
    assert.match(answer, /^HTTP\/1.1 507 /)
    assert.match(answer, /\{"error":\{"kind":"full","message":"the disk is full"\}\}$/)
    assert.deepEqual(readdirSync(join(dataFolder, 'uploads')), [])
  })
})
