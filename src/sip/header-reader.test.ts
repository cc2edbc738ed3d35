// What the kernel does with a message's bytes: hashes of them must differ, spread, and stay what
// they are, for stores hold them; and one reader serves many messages, wherever their bytes lie.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { COUNT, likeTexts, UNEVENNESS_MAX, unevenness } from '../base/hash.fixture.ts'
import { limits } from '../base/limits.ts'
import { Kernel } from '../kernel/kernel.ts'
import { HeaderReader, hashBytes32, headerReaderBytes } from './header-reader.ts'
import { SipMessage } from './message.ts'

function hash32(text: string): number {
  return hashBytes32(Buffer.from(text, 'latin1'))
}

function requestOf(callId: string): Buffer {
  return Buffer.from(`OPTIONS sip:h SIP/2.0\r\nCall-ID: ${callId}\r\nX-Of: ${callId}\r\n\r\n`)
}

describe('hashBytes32', () => {
  test('is an unsigned 32-bit number', () => {
    for (const text of likeTexts(100)) {
      const hash = hash32(text)
      assert(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32)
    }
  })

  test('keeps its values: they are stored', () => {
    assert.deepEqual(
      ['', 'a', 'abcd', 'abcdefg'].map(hash32),
      [0, 3_840_149_066, 3_617_132_812, 3_297_975_267],
    )
  })

  test('reads nothing outside the span', () => {
    const bytes = Buffer.from('xxINVITE sipyy')
    assert.equal(hashBytes32(bytes.subarray(2, 12)), hash32('INVITE sip'))
  })

  test('tells lengths apart where the bytes are zeros', () => {
    const hashes = Array.from({ length: 64 }, (_, n) => hash32('\0'.repeat(n)))
    assert.equal(new Set(hashes).size, hashes.length)
  })

  test('spreads like texts over high and low bits, with no more doubles than chance makes', () => {
    const hashes = [...likeTexts(COUNT)].map(hash32)
    assert(unevenness(hashes.map((hash) => hash >>> 24)) < UNEVENNESS_MAX)
    assert(unevenness(hashes.map((hash) => hash & 255)) < UNEVENNESS_MAX)
    // n²/2^33 doubles are expected: less than one in 60,000 texts.
    assert(hashes.length - new Set(hashes).size <= 5)
  })
})

describe('HeaderReader', () => {
  test('finds the same in its own memory and in any other, at any place', () => {
    const kernel = new Kernel(headerReaderBytes() + 4_096)
    const reader = new HeaderReader(kernel)
    const [inside, outside] = [new SipMessage(reader), new SipMessage(reader)]
    const bytes = requestOf('one@h')
    for (let at = 0; at < 40; at++) {
      const room = kernel.bytesAt(kernel.reserve(bytes.length + 64), bytes.length + 64)
      bytes.copy(room, at)
      assert.ok(inside.read(room, at, at + bytes.length))
      assert.ok(outside.read(bytes, 0, bytes.length))
      assert.deepEqual([inside.callId, inside.header('x-of')], [outside.callId, 'one@h'])
      assert.equal(inside.callIdStart, outside.callIdStart + at)
      const hashes = [inside, outside].map((one) => [
        one.hash32(one.start, one.end),
        one.hash53(one.callIdStart, one.callIdEnd, 7),
      ])
      assert.deepEqual(hashes[0], hashes[1])
      assert.equal(hashes[0]?.[0], hashBytes32(bytes))
    }
  })

  test('a message keeps what it was asked for when the reader has turned to others', () => {
    const messages = ['one@h', 'two@h', 'three@h'].map((callId) => {
      const [message, bytes] = [new SipMessage(), requestOf(callId)]
      assert.ok(message.read(bytes, 0, bytes.length))
      return message
    })
    for (const message of messages.toReversed()) {
      assert.equal(message.header('x-of'), message.callId)
      assert.equal(message.hash32(message.start, message.end), hashBytes32(message.bytes))
    }
  })

  test('another seed gives another hash of 53 bits', () => {
    const message = new SipMessage()
    const bytes = requestOf('one@h')
    message.read(bytes, 0, bytes.length)
    const hashes = [0, 1, 2, -1].map((seed) => message.hash53(24, 30, seed))
    assert.equal(new Set(hashes).size, hashes.length)
    for (const hash of hashes) assert(Number.isSafeInteger(hash) && hash >= 0)
  })

  test('hashes no more of a message than it may have', () => {
    const longest = Buffer.alloc(limits.messageBytesMax, 'a')
    assert.equal(hashBytes32(Buffer.concat([longest, Buffer.from('b')])), hashBytes32(longest))
  })
})
