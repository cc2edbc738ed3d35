// In: flags. Out: a capture of made telephone traffic, and the truth about it. The same flags give
// the same bytes, always.
//
//   node test/tools/make-calls.ts --out FILE.pcap [--truth FILE.json] [--calls 1000] [--cps 50]
//     [--talk 30] [--rtp 1] [--b2bua 0.2] [--loss 0.01] [--jitter-ms 4] [--reorder 0]
//     [--duplicate 0] [--seed 1] [--start 2026-11-02T08:00:00Z] [--names]
//
// Ethernet, IPv4 and UDP, in order of time. Of the calls 70 % are answered, 8 % busy, 4 % not
// found, 8 % cancelled, 5 % challenged and then answered, 3 % refused by a fault and 2 % never
// answered. For every four calls there is one REGISTER or OPTIONS. `--b2bua P` gives a share P of
// the calls a second leg with its own Call-ID, tied to the first by X-Call-ID. `--names` gives
// people names.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { makeCapture } from './make-calls/world.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    truth: { type: 'string' },
    calls: { type: 'string', default: '1000' },
    cps: { type: 'string', default: '50' },
    talk: { type: 'string', default: '30' },
    rtp: { type: 'string', default: '1' },
    b2bua: { type: 'string', default: '0.2' },
    loss: { type: 'string', default: '0.01' },
    'jitter-ms': { type: 'string', default: '4' },
    reorder: { type: 'string', default: '0' },
    duplicate: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    start: { type: 'string', default: '2026-11-02T08:00:00Z' },
    names: { type: 'boolean', default: false },
  },
})

if (values.out === undefined) refuse('--out FILE.pcap is needed')

const truth = makeCapture({
  out: values.out,
  calls: number('calls', values.calls),
  cps: number('cps', values.cps),
  talk: number('talk', values.talk),
  hasMedia: number('rtp', values.rtp) === 1,
  b2bua: number('b2bua', values.b2bua),
  loss: number('loss', values.loss),
  jitterUs: number('jitter-ms', values['jitter-ms']) * 1000,
  reorder: number('reorder', values.reorder),
  duplicate: number('duplicate', values.duplicate),
  seed: number('seed', values.seed),
  startUs: number('start', String(Date.parse(values.start))) * 1000,
  hasNames: values.names,
})
if (values.truth !== undefined) writeFileSync(values.truth, JSON.stringify(truth))
console.error(
  `${truth.packets} packets, ${truth.messages} SIP messages, ${truth.legs.length} legs, ` +
    `${truth.streams.length} RTP streams -> ${values.out}`,
)

function number(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    refuse(`--${flag}: expected a number or time, found "${text}"`)
  }
  return value
}

function refuse(why: string): never {
  console.error(`make-calls: ${why}`)
  process.exit(2)
}
