// Checks reading from real files in a folder of the test's own: plain, packed, damaged, and no
// captures at all.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { readCaptureFile, readCaptureStream } from './capture-file.ts'
import { hex, interfaceBlock, packetBlock, sectionBlock } from './captures.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'capture-file-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0
function fileOf(bytes: Buffer): string {
  const path = join(folder, `${files++}.bin`)
  writeFileSync(path, bytes)
  return path
}

/** A capture of more than one read: 2000 frames of 700 bytes, each telling its number. */
const frameCount = 2000
const capture = Buffer.concat([
  sectionBlock(true),
  interfaceBlock(true, 1),
  ...Array.from({ length: frameCount }, (_, index) => {
    const frame = Buffer.alloc(700, index)
    frame.writeUInt32BE(index, 0)
    return packetBlock(true, 0, BigInt(index), frame)
  }),
])

async function numbersIn(path: string): Promise<number[]> {
  const numbers: number[] = []
  await readCaptureFile(path, {
    emit: (frame) => numbers.push(frame.bytes.readUInt32BE(frame.start)),
  })
  return numbers
}

const allNumbers = Array.from({ length: frameCount }, (_, index) => index)

test('a plain file is read frame by frame, with its progress', async () => {
  const path = fileOf(capture)
  assert.deepEqual(await numbersIn(path), allNumbers)
  const progress: number[] = []
  const result = await readCaptureFile(path, {
    emit: () => {},
    onProgress: (bytesRead, bytesTotal) => {
      assert.equal(bytesTotal, capture.length)
      progress.push(bytesRead)
    },
  })
  assert.equal(progress.at(-1), capture.length)
  assert.deepEqual(result, {
    format: 'pcapng',
    isComplete: true,
    frames: frameCount,
    bytes: capture.length,
    problems: [],
    compression: undefined,
    fileBytes: capture.length,
  })
})

for (const [compression, pack] of [
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const) {
  test(`a ${compression} file is read frame by frame`, async () => {
    const half = 700_000
    const packed = Buffer.concat([pack(capture.subarray(0, half)), pack(capture.subarray(half))])
    const path = fileOf(packed)
    assert.deepEqual(await numbersIn(path), allNumbers)
    const result = await readCaptureFile(path, { emit: () => {} })
    assert.equal(result.compression, compression)
    assert.equal(result.isComplete, true)
    assert.equal(result.bytes, capture.length)
    assert.equal(result.fileBytes, packed.length)
  })

  test(`a ${compression} file that is cut yields the frames before the cut`, async () => {
    const packed = Buffer.concat([pack(capture), pack(capture)])
    const result = await readCaptureFile(fileOf(packed.subarray(0, packed.length - 5)), {
      emit: () => {},
    })
    assert.ok(result.frames >= frameCount)
    assert.equal(result.isComplete, false)
    assert.ok(result.problems.some(({ code }) => code === 'source.compression.cut'))
  })

  test(`a ${compression} file of zeros is refused after its first piece`, async () => {
    const zeros = pack(Buffer.alloc(64 * 1024 * 1024))
    const result = await readCaptureFile(fileOf(zeros), { emit: () => {} })
    assert.equal(result.format, undefined)
    assert.ok(result.bytes < 1024 * 1024)
  })

  test(`an error thrown while a ${compression} file is read comes out of the reading`, async () => {
    const path = fileOf(pack(capture))
    const reading = readCaptureFile(path, {
      emit: () => {
        throw new RangeError('no room')
      },
    })
    await assert.rejects(reading, RangeError)
    const held = readCaptureFile(path, {
      emit: () => {},
      onProgress: () => Promise.reject(new RangeError('no room')),
    })
    await assert.rejects(held, RangeError)
  })
}

test('an error thrown while a plain file is read comes out of the reading', async () => {
  const reading = readCaptureFile(fileOf(capture), {
    emit: () => {
      throw new RangeError('no room')
    },
  })
  await assert.rejects(reading, RangeError)
})

test('a promise of the progress holds the reading up', async () => {
  for (const bytes of [capture, gzipSync(capture), zstdCompressSync(capture)]) {
    let isHeld = false
    const result = await readCaptureFile(fileOf(bytes), {
      emit: () => assert.equal(isHeld, false),
      onProgress: async () => {
        isHeld = true
        await new Promise((resolve) => setImmediate(resolve))
        isHeld = false
      },
    })
    assert.equal(result.frames, frameCount)
  }
})

test('empty files, texts and noise are no captures', async () => {
  const noise = Buffer.alloc(3_000_000, 0x5a)
  for (const bytes of [Buffer.alloc(0), hex('1f'), Buffer.from('hello\n'), noise]) {
    const result = await readCaptureFile(fileOf(bytes), { emit: () => {} })
    assert.equal(result.format, undefined)
    assert.equal(result.isComplete, false)
    assert.deepEqual(
      result.problems.map(({ code }) => code),
      ['source.capture.unknown-format'],
    )
  }
})

test('a file that is not there throws what the file system throws', async () => {
  const reading = readCaptureFile(join(folder, 'absent'), { emit: () => {} })
  await assert.rejects(reading, { code: 'ENOENT' })
})

test('a capture that arrives in pieces is read, packed or not', async () => {
  for (const bytes of [capture, gzipSync(capture), zstdCompressSync(capture)]) {
    const numbers: number[] = []
    const result = await readCaptureStream(piecesOf(bytes, [1, 1, 1, 50, 4096]), {
      emit: (frame) => numbers.push(frame.bytes.readUInt32BE(frame.start)),
    })
    assert.deepEqual(numbers, allNumbers)
    assert.equal(result.isComplete, true)
  }
  const short = await readCaptureStream(piecesOf(hex('d4c3'), [1]), { emit: () => {} })
  assert.equal(short.format, undefined)
  const nothing = await readCaptureStream(piecesOf(Buffer.alloc(0), [1]), { emit: () => {} })
  assert.equal(nothing.format, undefined)
})

/** Pieces of the given sizes, the last size again and again. */
async function* piecesOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes[Math.min(index, sizes.length - 1)] as number
    yield bytes.subarray(at, at + size)
    at += size
  }
}
