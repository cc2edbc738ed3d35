// Every bundled capture through the real program: each SIP message of tshark's truth is there once,
// with the same time, ends, transport, method, status and Call-ID, and each RTP stream with the
// same packets, losses and jitter, or the difference is listed.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { capturesWithTruth, compareCapture, compareMessages, unexplained } from './compare.ts'
import { differences } from './differences.ts'
import { readTruth } from './truth.ts'

const folder = import.meta.dirname
const files = capturesWithTruth(folder)
/** Each capture is two short runs of the program; two at a time fill a small machine. */
const AT_ONCE = 2

describe('captures', { concurrency: AT_ONCE }, () => {
  for (const file of files) {
    test(`captures: ${file} gives the messages and streams that tshark gives`, async () => {
      const why = unexplained(await compareCapture(folder, file))
      assert.equal(why, undefined, why)
    })
  }
})

test('captures: there are some, and each has its row in the table of origins', () => {
  assert.ok(files.length > 50, `only ${files.length} captures`)
  const page = readFileSync(join(folder, 'README.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([^`]+\.(?:pcap|pcapng))` \|/gm)].map((row) => row[1] ?? '')
  const present = readdirSync(folder).filter((file) => /\.(?:pcap|pcapng)$/.test(file))
  assert.deepEqual(rows.sort(), present.sort())
})

test('captures: every listed difference has a reason', () => {
  for (const { capture, missing, extra, streams = 0, why } of differences) {
    assert.ok(missing + extra + streams > 0 && why.length > 20, capture)
  }
  const names = differences.map((one) => one.capture)
  assert.equal(new Set(names).size, names.length)
})

test('readTruth: leaves out what an ICMP error quotes, and takes the method of CSeq', () => {
  const file = join(folder, 'gen__sipp-icmp-unreachable.sip.tsv')
  assert.ok(existsSync(file))
  const rows = readFileSync(file, 'utf8').trim().split('\n').length - 1
  const truth = readTruth(file)
  assert.ok(truth.length < rows && truth.length > 0)
  assert.ok(truth.every((message) => message.method !== ''))
})

test('compareMessages: sees one too few, one too many, one changed', () => {
  const [first, second] = readTruth(join(folder, 'suricata__sip-tcp.sip.tsv'))
  assert.ok(first !== undefined && second !== undefined)
  assert.deepEqual(compareMessages([first, second], [second, first]), { missing: [], extra: [] })
  assert.equal(compareMessages([first, first], [first]).missing.length, 1)
  assert.equal(compareMessages([first], [first, first]).extra.length, 1)
  const later = compareMessages([first], [{ ...first, tUs: first.tUs + 1 }])
  assert.deepEqual([later.missing.length, later.extra.length], [1, 1])
})
