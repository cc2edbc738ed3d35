// Checks unpacking against files as gzip and zstd write them, whole, joined, cut and damaged.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { hex } from './captures.fixture.ts'
import { type Compression, createUnpacker, detectCompression } from './compression.ts'

/** Bytes that compress to about a third, so that a damaged middle is in the middle. */
function plainBytes(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 29
  }
  return bytes
}

const first = plainBytes(300_000, 1)
const second = plainBytes(70_000, 2)
const both = Buffer.concat([first, second])

async function unpack(
  compression: Compression,
  packed: Buffer,
  pieceBytes = packed.length,
): Promise<{ plain: Buffer; code: string | undefined }> {
  const pieces: Buffer[] = []
  const unpacker = createUnpacker(compression, (chunk) => {
    pieces.push(Buffer.from(chunk))
  })
  for (let at = 0; at < packed.length; at += pieceBytes) {
    await unpacker.write(packed.subarray(at, at + pieceBytes))
  }
  await unpacker.finish()
  return { plain: Buffer.concat(pieces), code: unpacker.problem?.code }
}

const packers = [
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const

for (const [compression, pack] of packers) {
  test(`${compression}: is detected by its first bytes`, () => {
    assert.equal(detectCompression(pack(first)), compression)
  })

  test(`${compression}: one member is unpacked whole`, async () => {
    const { plain, code } = await unpack(compression, pack(first))
    assert.ok(plain.equals(first))
    assert.equal(code, undefined)
  })

  test(`${compression}: several members are unpacked one after the other`, async () => {
    const packed = Buffer.concat([pack(first), pack(Buffer.alloc(0)), pack(second)])
    for (const pieceBytes of [packed.length, 65_536, 997]) {
      const { plain, code } = await unpack(compression, packed, pieceBytes)
      assert.ok(plain.equals(both))
      assert.equal(code, undefined)
    }
  })

  test(`${compression}: members cut into single bytes are unpacked`, async () => {
    const packed = Buffer.concat([pack(second.subarray(0, 500)), pack(second.subarray(500, 900))])
    const { plain, code } = await unpack(compression, packed, 1)
    assert.ok(plain.equals(second.subarray(0, 900)))
    assert.equal(code, undefined)
  })

  test(`${compression}: a cut file yields what came before the cut`, async () => {
    const packed = pack(both)
    const { plain, code } = await unpack(compression, packed.subarray(0, packed.length - 20_000))
    assert.equal(code, 'source.compression.cut')
    assert.ok(plain.length > 100_000)
    assert.ok(plain.equals(both.subarray(0, plain.length)))
  })

  test(`${compression}: a damaged second member leaves the first whole`, async () => {
    const tail = Buffer.from(pack(second))
    tail.fill(0xff, 20, 60)
    const { plain, code } = await unpack(compression, Buffer.concat([pack(first), tail]))
    assert.equal(code, 'source.compression.damaged')
    assert.ok(plain.subarray(0, first.length).equals(first))
  })

  test(`${compression}: other bytes behind are named and left unread`, async () => {
    const packed = Buffer.concat([pack(first), Buffer.from('no longer packed')])
    const { plain, code } = await unpack(compression, packed)
    assert.ok(plain.equals(first))
    assert.equal(code, 'source.compression.trailing-bytes')
  })

  test(`${compression}: what the taker throws comes out of write`, async () => {
    const unpacker = createUnpacker(compression, () => {
      throw new RangeError('no room')
    })
    await assert.rejects(unpacker.write(pack(first)), RangeError)
    unpacker.stop()
  })

  test(`${compression}: a taker's promise holds the unpacking up`, async () => {
    let isBusy = false
    let taken = 0
    const unpacker = createUnpacker(compression, async (chunk) => {
      assert.equal(isBusy, false)
      isBusy = true
      await new Promise((resolve) => setImmediate(resolve))
      taken += chunk.length
      isBusy = false
    })
    await unpacker.write(pack(both))
    await unpacker.finish()
    assert.equal(taken, both.length)
  })

  test(`${compression}: damage anywhere never throws`, async () => {
    const packed = pack(second.subarray(0, 5000))
    const damage = fc.tuple(fc.nat(packed.length - 1), fc.nat(255), fc.nat(packed.length))
    await fc.assert(
      fc.asyncProperty(damage, async ([at, byte, length]) => {
        const bytes = Buffer.from(packed.subarray(0, length))
        if (at < length) bytes[at] = byte
        await unpack(compression, bytes, 512)
      }),
      { seed: 20_261_121, numRuns: 300 },
    )
  })
}

test('gzip: every optional field of the header is passed over', async () => {
  const plain = Buffer.from('INVITE')
  const packed = gzipSync(plain)
  const header = hex(`
    1f8b 08 1e 00000000 00 03      # all flags but text
    0300 aabbcc                    # extra field of three bytes
    61622e7063617000               # a name
    6300                           # a comment
    1234                           # checksum of the header
  `)
  const member = Buffer.concat([header, packed.subarray(10)])
  assert.ok((await unpack('gzip', member, 1)).plain.equals(plain))
  const emptyExtra = Buffer.concat([hex('1f8b 08 04 00000000 00 03 0000'), packed.subarray(10)])
  assert.ok((await unpack('gzip', emptyExtra, 1)).plain.equals(plain))
})

test('gzip: a wrong checksum is a problem, and the bytes are there all the same', async () => {
  const packed = Buffer.from(gzipSync(first))
  packed.writeUInt32LE(0, packed.length - 8)
  const { plain, code } = await unpack('gzip', packed)
  assert.ok(plain.equals(first))
  assert.equal(code, 'source.compression.damaged')
})

test('zstd: frames that hold no data are passed over', async () => {
  const skippable = hex('502a4d18 04000000 01020304')
  assert.equal(detectCompression(skippable), 'zstd')
  const packed = Buffer.concat([skippable, zstdCompressSync(first), skippable])
  const { plain, code } = await unpack('zstd', packed)
  assert.ok(plain.equals(first))
  assert.equal(code, undefined)
})

test('bytes that are not packed are not detected', () => {
  for (const text of ['', '1f', 'd4c3b2a1', '0a0d0d0a', '28b52f']) {
    assert.equal(detectCompression(hex(text)), undefined)
  }
})
