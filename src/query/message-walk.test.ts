// Messages of many overlapping legs, in one order: time, then arrival, then cause.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { udpFrame } from '../decode/frames.fixture.ts'
import type { StoredMessage } from './finder.ts'
import { type CapturedFrame, captureOf, importedStore, INVITE, sip } from './store.fixture.ts'

const START_US = 1_795_255_200_000_000n

const at = (us: number, bytes: Buffer): CapturedFrame => ({
  interfaceId: 0,
  ticks: START_US + BigInt(us),
  bytes: udpFrame(bytes),
})

/** What is seen of a message: when, which leg, and what it is. */
function told({ tUs, callId, method, status }: StoredMessage): string {
  return `${tUs - Number(START_US)} ${callId} ${status ?? method}`
}

async function toldOf(messages: AsyncIterable<StoredMessage>): Promise<string[]> {
  const lines: string[] = []
  for await (const message of messages) lines.push(told(message))
  return lines
}

describe('messagesInOrder', () => {
  test('legs that overlap are told in the order of time', async (t) => {
    const frames = [
      at(0, sip(INVITE, 'long')),
      at(10, sip(INVITE, 'short')),
      at(20, sip('SIP/2.0 486 Busy Here', 'short')),
      at(5_000_000, sip('SIP/2.0 200 OK', 'long')),
    ]
    const { finder } = await importedStore(t, captureOf([{ linkType: 1 }], frames))
    const wanted = ['0 long INVITE', '10 short INVITE', '20 short 486', '5000000 long 200']
    assert.deepEqual(await toldOf(finder.messagesInOrder({})), wanted)
    assert.deepEqual(await toldOf(finder.messagesInOrder({ status: '486' })), wanted.slice(1, 3))
    assert.deepEqual(await toldOf(finder.messagesInOrder({ callId: 'nobody' })), [])
  })

  test('in one microsecond they are told as they arrived', async (t) => {
    const frames = [
      at(0, sip(INVITE, 'b')),
      at(0, sip('SIP/2.0 486 Busy Here', 'b')),
      at(0, sip(INVITE, 'a')),
    ]
    const { finder } = await importedStore(t, captureOf([{ linkType: 1 }], frames))
    assert.deepEqual(await toldOf(finder.messagesInOrder({})), [
      '0 b INVITE',
      '0 b 486',
      '0 a INVITE',
    ])
  })

  test('more legs than one step takes, with answers long after, stay in order', async (t) => {
    const COUNT = 1_300
    const frames = Array.from({ length: COUNT }, (_, i) => at(i * 1_000, sip(INVITE, `leg-${i}`)))
    frames.push(
      ...Array.from({ length: COUNT }, (_, i) =>
        at(90_000_000 + i * 1_000, sip('SIP/2.0 408 Request Timeout', `leg-${COUNT - 1 - i}`)),
      ),
    )
    const { finder } = await importedStore(t, captureOf([{ linkType: 1 }], frames))
    const times: number[] = []
    for await (const { tUs } of finder.messagesInOrder({})) times.push(tUs)
    assert.equal(times.length, 2 * COUNT)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  })
})

describe('the messages of one leg', () => {
  test('each has an id that leads to its bytes', async (t) => {
    const invite = sip(INVITE, 'c@test', Buffer.from([0, 0xff, 0x80]))
    const frames = [at(0, invite), at(1, sip('SIP/2.0 200 OK', 'c@test'))]
    const { finder } = await importedStore(t, captureOf([{ linkType: 1 }], frames))
    const [leg] = (await finder.findLegs({}, { limit: 1 })).rows
    assert(leg !== undefined)
    const rows = await finder.messagesOf([leg])
    assert.deepEqual(
      rows.map(({ method, status, cseq, isRetransmission }) => [
        method,
        status,
        cseq,
        isRetransmission,
      ]),
      [
        ['INVITE', null, 1, false],
        ['INVITE', 200, 1, false],
      ],
    )
    const message = await finder.message(leg.legKey, rows[0]?.messageId ?? '')
    assert.deepEqual(message?.bytes, invite)
    assert.equal(await finder.message(leg.legKey, 'zz-zz'), undefined)
    assert.equal(await finder.message('no key', rows[0]?.messageId ?? ''), undefined)
  })
})
