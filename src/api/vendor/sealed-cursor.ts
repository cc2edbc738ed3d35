// A cursor in, the same out unreadable, and back: a page that passes over what its asker may not
// see ends beside it, and its place is the start and the name of something hidden. Sealed with
// AES-256-GCM (NIST SP 800-38D) by a key that lives as long as the process: a cursor from before a
// restart is refused, as any that no page gave out.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Failure } from '../../base/failure.ts'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const key = randomBytes(32)

export function sealCursor(cursor: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce)
  const sealed = Buffer.concat([cipher.update(cursor, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** @throws Failure `bad-input` for a text that no page gave out */
export function openCursor(text: string): string {
  const bytes = Buffer.from(text, 'base64url')
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAuthTag(tag)
    const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES)
    return decipher.update(sealed).toString('utf8') + decipher.final('utf8')
  } catch (error) {
    throw new Failure('bad-input', 'cursor: expected the `next` of an earlier page', {
      cause: error,
    })
  }
}
