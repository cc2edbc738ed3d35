// The command lines and the messages of the programs that capture, as those of Debian write them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { captureArguments, explainEnd, isRefusal, readNews } from './capture-program.ts'

const wish = { device: 'eth0', filter: 'not (port 9060)', bufferMegabytes: 64 }
const place = { device: 'eth9', others: ['eth0', 'lo'] }

test('captureArguments: both programs capture whole frames and write to their output', () => {
  assert.deepEqual(
    captureArguments('dumpcap', wish).join(' '),
    ['-q -i eth0 -s 0 -B 64 -f not (port 9060) -w -'].join(' '),
  )
  assert.equal(
    captureArguments('tcpdump', wish).join(' '),
    '-n -U -i eth0 -s 0 -B 65536 -w - -- not (port 9060)',
  )
  assert.ok(!captureArguments('dumpcap', { ...wish, filter: '' }).includes('-f'))
})

for (const { line, news } of [
  {
    line: 'tcpdump: listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes',
    news: { kind: 'open' },
  },
  {
    line: 'tcpdump: 9 packets captured, 12 packets received by filter, 3 packets dropped by kernel',
    news: { kind: 'drops', packets: 3 },
  },
  { line: '1 packet dropped by kernel', news: { kind: 'drops', packets: 1 } },
  {
    line:
      "Packets received/dropped on interface 'Loopback: lo': 20/7 " +
      '(pcap:7/dumpcap:0/flushed:0/ps_ifdrop:0) (74.1%)',
    news: { kind: 'drops', packets: 7 },
  },
  { line: "Capturing on 'Loopback: lo'", news: undefined },
]) {
  test(`readNews: ${line}`, () => assert.deepEqual(readNews(line), news))
}

test('explainEnd: a missing privilege comes with the command that grants it', () => {
  const lines = [
    "Capturing on 'Loopback: lo'",
    'dumpcap: You do not have permission to capture on device "lo".',
    '(socket: Operation not permitted)',
  ]
  assert.ok(isRefusal(lines))
  const why = explainEnd('dumpcap', '/usr/bin/dumpcap', lines, place)
  assert.match(why, /sudo setcap cap_net_raw,cap_net_admin\+eip \/usr\/bin\/dumpcap/)
  assert.match(why, /usermod -aG wireshark/)
  const unstarted = ['spawn /usr/bin/tcpdump EACCES']
  assert.match(explainEnd('tcpdump', '/usr/bin/tcpdump', unstarted, place), /setcap .*tcpdump/)
})

test('explainEnd: an unknown interface comes with those that there are', () => {
  for (const line of [
    'dumpcap: There is no device named "eth9".',
    'tcpdump: eth9: No such device exists',
  ]) {
    assert.equal(
      explainEnd('dumpcap', '', [line], place),
      'there is no interface eth9; there are eth0, lo, any',
    )
  }
})

test('explainEnd: a wrong filter and all else is told in the words of the program', () => {
  const filter = ['dumpcap: Invalid capture filter "x y" for interface \'lo\'.', 'syntax error).']
  assert.match(explainEnd('dumpcap', '', filter, place), /filter: dumpcap: Invalid .*"x y"/)
  assert.equal(
    explainEnd('tcpdump', '', ['9 packets captured', 'tcpdump: lo: it went away'], place),
    'tcpdump ended: tcpdump: lo: it went away',
  )
  assert.equal(explainEnd('tcpdump', '', [], place), 'tcpdump ended: it did not say why')
})
