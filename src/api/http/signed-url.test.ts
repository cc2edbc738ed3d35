// Signed addresses: what is accepted, and that nothing else is.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '../../base/failure.ts'
import { UrlSigner } from './signed-url.ts'
import { readSigningKey } from './signing-key.ts'

const clock = { tUs: 1_000_000_000, nowUs: () => clock.tUs }
const signer = new UrlSigner(Buffer.alloc(32, 7), clock)

function checkUrl(url: string, by = signer): void {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  by.check(pathname, searchParams.get('expires'), searchParams.get('signature'))
}

function refuses(url: string, message: RegExp, by = signer): void {
  assert.throws(
    () => checkUrl(url, by),
    (error) => isFailure(error, 'forbidden') && message.test(error.message),
  )
}

test('a signed address is good until it expires', (t) => {
  const url = signer.sign('/a/b.pcap', 60)
  checkUrl(url)
  const before = clock.tUs
  t.after(() => {
    clock.tUs = before
  })
  clock.tUs += 59_999_999
  checkUrl(url)
  clock.tUs += 1
  refuses(url, /expired/)
})

test('an address is refused when any character of it was altered', () => {
  const url = signer.sign('/a/b.pcap', 60)
  for (let at = 1; at < url.length; at++) {
    for (const other of ['0', 'A', '/', '']) {
      const altered = url.slice(0, at) + other + url.slice(at + 1)
      if (altered === url) continue
      const { pathname, searchParams } = new URL(altered, 'http://localhost')
      assert.throws(
        () => signer.check(pathname, searchParams.get('expires'), searchParams.get('signature')),
        (error) => isFailure(error, 'forbidden'),
        altered,
      )
    }
  }
})

test('what is not signed at all is refused', () => {
  refuses('/a/b.pcap', /not signed/)
  refuses('/a/b.pcap?expires=99999999999', /not signed/)
  refuses('/a/b.pcap?expires=x&signature=y', /not signed/)
  assert.throws(
    () => signer.check('/a', ['1', '2'], 'x'),
    (error) => isFailure(error, 'forbidden'),
  )
})

test('another key signs otherwise', () => {
  refuses(signer.sign('/a', 60), /does not fit/, new UrlSigner(Buffer.alloc(32, 8), clock))
})

test('the key is made once, for its owner alone, and a damaged one is refused', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-key-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const key = readSigningKey(folder)
  assert.equal(key.length, 32)
  assert.deepEqual(readSigningKey(folder), key)
  assert.deepEqual(readdirSync(folder), ['signing.key'])
  assert.equal(statSync(join(folder, 'signing.key')).mode & 0o777, 0o600)
  assert.ok(readFileSync(join(folder, 'signing.key'), 'latin1').includes(key.toString('hex')))
  writeFileSync(join(folder, 'signing.key'), 'deadbeef')
  assert.throws(() => readSigningKey(folder), /holds no key of 32 bytes/)
})
