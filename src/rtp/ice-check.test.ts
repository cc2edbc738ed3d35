// STUN messages in, between whom a connectivity check goes out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readIceCheck } from './ice-check.ts'
import { stunRequest } from './stun.fixture.ts'

const read = (bytes: Buffer) => readIceCheck(bytes, 0, bytes.length)

test('readIceCheck: the receiver stands first', () => {
  assert.deepEqual(read(stunRequest('evtj:h6vY')), { receiver: 'evtj', sender: 'h6vY' })
  // RFC 5769 §2.1, a request as its authors sent it: its USERNAME comes fourth.
  const rfc = `000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74
    002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020
    000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf`
  const bytes = Buffer.from(rfc.replaceAll(/\s/g, ''), 'hex')
  assert.deepEqual(read(bytes), { receiver: 'evtj', sender: 'h6vY' })
})

test('readIceCheck: answers, and requests of others, are none', () => {
  const answer = stunRequest('evtj:h6vY')
  answer.writeUInt16BE(0x0101, 0)
  assert.equal(read(answer), undefined)
  for (const username of ['', ':', 'a', 'a:', ':b', `${'a'.repeat(300)}:${'b'.repeat(300)}`]) {
    assert.equal(read(stunRequest(username)), undefined)
  }
})

test('readIceCheck: comes to an end, and reads nothing beyond it, whatever the bytes are', () => {
  const whole = stunRequest('evtj:h6vY')
  for (let end = 0; end < whole.length - 3; end++) {
    assert.equal(readIceCheck(whole, 0, end), undefined)
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
      read(Buffer.concat([whole.subarray(0, 20), tail]))
    }),
    { numRuns: 300, seed: 20261130 },
  )
})
