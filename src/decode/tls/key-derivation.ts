// A secret in, the keys made from it out: TLS 1.2's pseudorandom function and TLS 1.3's labelled
// HKDF. Rules: RFC 5246 §5 and §6.3, RFC 8446 §7.1 and §7.3, RFC 5869 §2.3.
import { createHmac } from 'node:crypto'
import type { SuiteHash } from './cipher-suites.ts'

/** RFC 5246 §5: P_hash over label and seed. */
export function expand12(
  hash: SuiteHash,
  secret: Buffer,
  { label, seed, length }: { label: string; seed: Buffer; length: number },
): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, 'latin1'), seed])
  const blocks: Buffer[] = []
  let a = labelled
  for (let made = 0; made < length; ) {
    a = createHmac(hash, secret).update(a).digest()
    const block = createHmac(hash, secret).update(a).update(labelled).digest()
    blocks.push(block)
    made += block.length
  }
  return Buffer.concat(blocks).subarray(0, length)
}

/** RFC 8446 §7.1: HKDF-Expand-Label with an empty context. */
export function expandLabel(
  hash: SuiteHash,
  secret: Buffer,
  label: string,
  length: number,
): Buffer {
  const full = Buffer.from(`tls13 ${label}`, 'latin1')
  const head = Buffer.from([length >> 8, length & 255, full.length])
  const context = Buffer.concat([head, full, Buffer.from([0])])
  const blocks: Buffer[] = []
  let block = Buffer.alloc(0)
  for (let made = 0; made < length; made += block.length) {
    const counter = Buffer.from([blocks.length + 1])
    block = createHmac(hash, secret).update(block).update(context).update(counter).digest()
    blocks.push(block)
  }
  return Buffer.concat(blocks).subarray(0, length)
}
