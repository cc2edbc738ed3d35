// What is taken for SIP on any port, and what is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { looksLikeSip } from './detect.ts'
import {
  IS_START_LINE,
  MAY_BECOME_START_LINE,
  NO_START_LINE,
  readStartLine,
  StartLine,
} from './start-line.ts'

const sip = [
  'INVITE sip:bob@h SIP/2.0\r\n',
  '\r\n\r\nOPTIONS sip:h SIP/2.0\r\n',
  'register SIP:h sip/2.0\r\n',
  'X-Any.Method! urn:service:sos SIP/2.0\n',
  'OPTIONS sip:h SIP/7.0\r\n',
  'OPTIONS sip:h SIP/10.21\r\n',
  'OPTIONS  sip:h\tSIP/2.0 \r\n',
  'INVITE sip:a b;lr SIP/2.0\r\n',
  'OPTIONS * SIP/2.0\r\n',
  'OPTIONS 192.0.2.1 SIP/2.0\r\n',
  'SIP/2.0 200 OK\r\n',
  'SIP/2.0 200\r\n',
  'sip/2.0 180 Ringing\r',
  'SIP/3.0  404  no\n',
  'SIP/2.0 4294967301 x\r\n',
  'SIPS sip:h SIP/2.0\r\n',
  // Cut by a snap length, or without a version: a known method and a SIP URI must do.
  'INVITE sip:bob@somewhere.exam',
  'INVITE sip:bob@h SIP/2',
  'ACK tel:+1555\r\n',
]

const other = [
  '',
  '\r\n\r\n',
  'GET / HTTP/1.1\r\n',
  'GET http://h/ HTTP/1.1\r\nX: OPTIONS sip:h SIP/2.0\r\n',
  'HTTP/1.1 200 OK\r\n',
  'NOTIFY * HTTP/1.1\r\n',
  'M-SEARCH * HTTP/1.1\r\n',
  'DESCRIBE rtsp://h/a RTSP/1.0\r\n',
  'RTSP/1.0 200 OK\r\n',
  'AUEP 1500 *@gw.example.com MGCP 1.0\r\n',
  '200 1500 OK\r\n',
  'MSRP a786hjs2 SEND\r\n',
  'MEGACO/1 [192.0.2.1]:2944 Transaction = 1\r\n',
  'Via: SIP/2.0/UDP h\r\n',
  'SIP/2.0/UDP h\r\n',
  'SIP/2.0 \r\n',
  'SIP/2.0 OK\r\n',
  'SIP/2.0',
  'SIP/x.0 200 OK\r\n',
  'INVITE SIP/2.0\r\n',
  ' INVITE sip:h SIP/2.0\r\n',
  'INVITE http://h/\r\n',
  'PLAY sip:h\r\n',
  'JUMP sip:h SIP/2\r\n',
  'JUMP sip:h XSIP/2.0\r\n',
  'INVITE\r\nsip:h SIP/2.0\r\n',
  'hello',
  'jaK\0',
  '\0\0\0\0',
  '\x80\0\x01\x02INVITE sip:h SIP/2.0\r\n',
  '\0\x01\0\x08!\x12\xa4B',
  '\x16\x03\x01\x02\0',
  `${'x'.repeat(300)} sip:h SIP/2`,
]

function detect(text: string): boolean {
  const bytes = Buffer.from(`${text} SIP/2.0\r\nVia: x\r\n`, 'latin1')
  return looksLikeSip(bytes, 0, text.length)
}

for (const text of sip) {
  test(`looksLikeSip: takes ${JSON.stringify(text)}`, () => assert.equal(detect(text), true))
}

for (const text of other) {
  const shown = JSON.stringify(text.slice(0, 60))
  test(`looksLikeSip: turns away ${shown}`, () => assert.equal(detect(text), false))
}

test('readStartLine: waits for the rest of every good start line of a stream', () => {
  const line = new StartLine()
  for (const text of [
    'INVITE sip:bob@h SIP/2.0\r\n',
    'SIP/2.0 200 OK\r\n',
    '\r\nSIP/2.0 200\r\n',
  ]) {
    const bytes = Buffer.from(text, 'latin1')
    for (let end = 0; end < bytes.length; end++) {
      assert.equal(readStartLine(bytes, 0, end, false, line), MAY_BECOME_START_LINE, `${end}`)
    }
    assert.equal(readStartLine(bytes, 0, bytes.length, false, line), IS_START_LINE)
    assert.equal(line.next, bytes.length)
  }
})

test('readStartLine: does not wait where the first bytes already decide', () => {
  const line = new StartLine()
  for (const text of ['\x16\x03', 'HTTP/1.1', '{"a"', 'SIP/2.0/', 'SIP/2.0 O', 'GET\r\n']) {
    const bytes = Buffer.from(text, 'latin1')
    assert.equal(readStartLine(bytes, 0, bytes.length, false, line), NO_START_LINE, text)
  }
})
