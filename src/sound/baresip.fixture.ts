// Two real phones for tests: baresip calls baresip over the loopback interface, each plays a file
// to the other, and tcpdump captures what they send. Ends when the sound is over.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/peers/programs.ts'
import { ended, said, startSniffer, whyNoSniffer } from '../../test/peers/sniffer.ts'

/** For a test's `skip`: false where both programs are there and may capture. */
export const withoutPhones = missing()

function missing(): string | false {
  if (spawnSync('baresip', ['-h']).error !== undefined) return 'baresip is not installed'
  return whyNoSniffer()
}

export interface PhoneCall {
  /** As baresip writes a codec: `PCMU/8000/1`. */
  readonly codec: string
  /** WAV files of 16 bits at the codec's rate. */
  readonly callerFile: string
  readonly calleeFile: string
  /** `srtp-mand` for keys by SDES. */
  readonly mediaEncryption?: string
}

/** Makes the call and gives the bytes of its capture. */
export async function capturedCall(folder: string, call: PhoneCall): Promise<Buffer> {
  const [callerPort, calleePort] = [await freePort(), await freePort()]
  const rtpPort = 2 * Math.ceil((await freePort()) / 2)
  const filter = `udp portrange ${rtpPort}-${rtpPort + 40} or udp port ${calleePort}`
  const sniffer = await startSniffer(join(folder, 'call.pcap'), filter)
  const phones: ChildProcess[] = []
  let capture: Buffer = Buffer.alloc(0)
  try {
    const encryption = call.mediaEncryption === undefined ? '' : `;mediaenc=${call.mediaEncryption}`
    const account = (user: string, more: string) =>
      `<sip:${user}@127.0.0.1>;regint=0;audio_codecs=${call.codec}${encryption}${more}`
    const callee = phone(join(folder, 'callee'), {
      port: calleePort,
      rtpPort,
      file: call.calleeFile,
      account: account('bob', ';answermode=auto'),
    })
    phones.push(callee)
    await said(callee, 'baresip is ready')
    const caller = phone(join(folder, 'caller'), {
      port: callerPort,
      rtpPort: rtpPort + 20,
      file: call.callerFile,
      account: account('alice', ''),
      command: `/dial sip:bob@127.0.0.1:${calleePort}`,
    })
    phones.push(caller)
    await Promise.all([said(callee, 'terminated'), said(caller, 'terminated')])
  } finally {
    for (const one of phones) await ended(one, 'SIGTERM')
    capture = await sniffer.stop()
  }
  return capture
}

function phone(
  folder: string,
  settings: { port: number; rtpPort: number; file: string; account: string; command?: string },
): ChildProcess {
  const { port, rtpPort, file, account, command } = settings
  mkdirSync(folder)
  const modules = ['stdio', 'g711', 'g722', 'l16', 'opus', 'amr', 'g726', 'gsm', 'aufile', 'srtp']
  const config = [
    `sip_listen 127.0.0.1:${port}`,
    `audio_source aufile,${file}`,
    `audio_player aufile,${join(folder, 'heard.wav')}`,
    `audio_alert aufile,${join(folder, 'alert.wav')}`,
    'audio_buffer 20-160',
    'net_interface 127.0.0.1',
    `rtp_ports ${rtpPort}-${rtpPort + 19}`,
    'module_path /usr/lib/baresip/modules',
    ...modules.map((name) => `module ${name}.so`),
    'module_tmp uuid.so',
    'module_tmp account.so',
    'module_app menu.so',
  ]
  writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`)
  writeFileSync(join(folder, 'accounts'), `${account}\n`)
  writeFileSync(join(folder, 'contacts'), '')
  const args = ['-f', folder, ...(command === undefined ? [] : ['-e', command])]
  return spawn('baresip', args, { stdio: 'pipe' })
}
