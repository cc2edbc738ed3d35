// HEP packets as real senders wrote them, for tests: test/captures/README.md says from where.
import { readFileSync } from 'node:fs'

const folder = new URL('../../../test/captures/hep/', import.meta.url)

export const SAMPLES = [
  'hep3-spec-example',
  'kamailio-hep1-f2',
  'kamailio-hep2-f2',
  'kamailio-hep3-f2',
  'kamailio-hep3-ipv6-f2',
  'salto-hep2-sip',
  'salto-hep3-rtcp-json',
  'salto-hep3-sip-v4mapped-in-v4-chunk',
  'sngrep-hep3-f1',
] as const

export type SampleName = (typeof SAMPLES)[number]

/** The bytes of a sample. */
export function hepSample(name: SampleName): Buffer {
  const text = readFileSync(new URL(`${name}.hex`, folder), 'latin1')
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
}
