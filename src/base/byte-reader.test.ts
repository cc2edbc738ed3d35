// What ByteWriter wrote, ByteReader reads; past the end it reads nothing, and says so.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

/** One thing to write, and how to read it back. */
type Item =
  | { readonly kind: 'byte' | 'word' | 'varint' | 'signed'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }

const numbers = (kind: 'byte' | 'word' | 'varint' | 'signed', min: number, max: number) =>
  fc.record({ kind: fc.constant(kind), value: fc.integer({ min, max }) })
const item: fc.Arbitrary<Item> = fc.oneof(
  numbers('byte', 0, 255),
  numbers('word', 0, 2 ** 32 - 1),
  numbers('varint', 0, Number.MAX_SAFE_INTEGER),
  numbers('varint', 0, 300),
  numbers('signed', -(2 ** 52), 2 ** 52 - 1),
  fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'grapheme' }) }),
  fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array() }),
)

function write(writer: ByteWriter, { kind, value }: Item): void {
  if (kind === 'text') writer.text(value)
  else if (kind === 'bytes') writer.bytes(value)
  else writer[kind](value)
}

function read(reader: ByteReader, { kind, value }: Item): unknown {
  if (kind === 'bytes') return Uint8Array.from(reader.bytes(value.length))
  return reader[kind]()
}

describe('ByteWriter and ByteReader', () => {
  test('whatever is written is read back, from a buffer that had to grow', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), (items) => {
        const writer = new ByteWriter(1)
        for (const each of items) write(writer, each)
        const length = writer.length
        const bytes = writer.take()
        assert.equal(bytes.length, length)
        assert.equal(writer.length, 0)
        const reader = new ByteReader(bytes)
        for (const each of items) assert.deepEqual(read(reader, each), each.value)
        assert(reader.isAtEnd && !reader.isShort)
      }),
      { seed: 20_261_121, numRuns: 1_000 },
    )
  })

  test('small numbers take one byte, of either sign', () => {
    const writer = new ByteWriter()
    for (const value of [0, -1, 1, -64, 63]) writer.signed(value)
    assert.equal(writer.take().length, 5)
  })

  test('the largest number comes back exactly', () => {
    const writer = new ByteWriter()
    for (const value of [2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 35, 2 ** 53 - 1]) writer.varint(value)
    const reader = new ByteReader(writer.take())
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => reader.varint()),
      [2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 35, 2 ** 53 - 1],
    )
  })

  test('a copy that is handed out does not change with what is written next', () => {
    const writer = new ByteWriter()
    writer.text('first')
    const first = writer.take()
    const second = (writer.text('other'), writer.takeForThread())
    assert.equal(new ByteReader(first).text(), 'first')
    assert.equal(new ByteReader(second).text(), 'other')
    assert.equal(second.buffer.byteLength, second.length)
  })
})

describe('ByteReader past the end', () => {
  test('reads zeros and empty texts, and says that it was short', () => {
    const reads: ((reader: ByteReader) => unknown)[] = [
      (reader) => reader.byte(),
      (reader) => reader.word(),
      (reader) => reader.varint(),
      (reader) => reader.signed(),
    ]
    for (const each of reads) {
      const reader = new ByteReader(new Uint8Array(0))
      assert.equal(each(reader), 0)
      assert(reader.isShort && reader.isAtEnd)
    }
    const reader = new ByteReader(Uint8Array.from([5, 0x61]))
    assert.equal(reader.text(), '')
    assert(reader.isShort)
    assert.equal(new ByteReader(Uint8Array.from([1])).bytes(2).length, 0)
  })

  test('a number that goes on for ever is cut', () => {
    const reader = new ByteReader(Buffer.alloc(100, 0xff))
    reader.varint()
    assert(reader.isShort && !reader.isAtEnd)
  })

  test('random bytes and random reads never throw', () => {
    const kinds = fc.array(fc.constantFrom('byte', 'word', 'varint', 'signed', 'text', 'bytes'))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), kinds, fc.nat(), (bytes, reads, length) => {
        const reader = new ByteReader(bytes)
        for (const kind of reads) {
          if (kind === 'bytes') reader.bytes(length)
          else reader[kind as 'byte']()
        }
      }),
      { seed: 20_261_122, numRuns: 3_000 },
    )
  })

  test('memory that begins elsewhere is read from where it begins', () => {
    const bytes = Uint8Array.from([9, 9, 1, 0x61, 9]).subarray(2, 4)
    assert.equal(new ByteReader(bytes).text(), 'a')
  })
})
