// Secrets as they are kept: scrypt (RFC 7914) with a salt of its own and its cost written beside
// it, so that the cost can rise later and old hashes stay valid. Nothing here remembers a secret.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** How dear one hash is: memory is 128 × r × 2^costLog2 bytes. */
export interface HashCost {
  readonly costLog2: number
  readonly blockSize: number
  readonly parallelization: number
}

/** 32 MB and about a tenth of a second: dear for a guesser, unnoticed by somebody logging in. */
export const standardCost: HashCost = { costLog2: 15, blockSize: 8, parallelization: 1 }

const SALT_BYTES = 16
const HASH_BYTES = 32

/** Hashes a secret as `scrypt:costLog2:r:p:salt:hash`, the last two in base64url. */
export async function hashSecret(secret: string, cost: HashCost = standardCost): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(secret, salt, cost)
  const parts = [cost.costLog2, cost.blockSize, cost.parallelization]
  return `scrypt:${parts.join(':')}:${salt.toString('base64url')}:${hash.toString('base64url')}`
}

/** Whether a secret is the one that was hashed; the time taken does not tell how near it came. */
export async function verifySecret(secret: string, stored: string): Promise<boolean> {
  const [scheme, costLog2, blockSize, parallelization, salt, hash] = stored.split(':')
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined) return false
  const cost = {
    costLog2: Number(costLog2),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
  }
  const expected = Buffer.from(hash, 'base64url')
  const found = await derive(secret, Buffer.from(salt, 'base64url'), cost)
  // HMAC pads a key with zeros (RFC 2104 §2): to scrypt, a secret with NULs behind it is the same.
  const isWhole = !secret.includes('\0')
  return expected.length === found.length && timingSafeEqual(expected, found) && isWhole
}

function derive(secret: string, salt: Buffer, cost: HashCost): Promise<Buffer> {
  const options = {
    cost: 2 ** cost.costLog2,
    blockSize: cost.blockSize,
    parallelization: cost.parallelization,
    // Node refuses by default exactly what the standard cost needs; allow twice that and no more.
    maxmem: 256 * cost.blockSize * 2 ** cost.costLog2,
  }
  return new Promise((resolve, reject) => {
    // NFC so that one password typed on two systems is one password (RFC 8265 §4.2.2).
    scrypt(secret.normalize('NFC'), salt, HASH_BYTES, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
