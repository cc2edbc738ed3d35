// The key that signs our URLs: made at the first start, kept beside the data, readable by its
// owner alone. It refuses a key file that is damaged rather than sign with something weak.
import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../base/failure.ts'
import { makePrivateFolder } from '../../store/data-folder.ts'

const KEY_BYTES = 32

/** Reads `<folder>/signing.key`, making it where it is missing. @throws Failure `internal` */
export function readSigningKey(folder: string): Buffer {
  makePrivateFolder(folder)
  const path = join(folder, 'signing.key')
  const known = readKey(path)
  if (known !== undefined) return known
  // Written aside and linked into place, which fails where another process was first: nobody
  // ever reads half a key, and two processes that start at once sign with the same one.
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, randomBytes(KEY_BYTES).toString('hex'), { mode: 0o600, flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  const key = readKey(path)
  if (key === undefined) throw new Failure('internal', `${path} vanished while it was read`)
  return key
}

function readKey(path: string): Buffer | undefined {
  let text: string
  try {
    text = readFileSync(path, 'latin1')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
  const key = Buffer.from(text.trim(), 'hex')
  if (key.length !== KEY_BYTES) {
    throw new Failure('internal', `${path} holds no key of ${KEY_BYTES} bytes in hexadecimal`)
  }
  return key
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
