// earshot agent: captures where the packets are and sends what it sees to a server elsewhere.
import { hostname } from 'node:os'
import { Failure } from '../base/failure.ts'
import { Agent, type AgentWishes } from '../line/agent/agent.ts'
import { readHepTarget } from '../line/hep-sender.ts'
import { checkKeyLog, KeyLogFile } from '../source/key-log-file.ts'
import { type Arguments, type Command, readArguments, refuseWords } from './command.ts'
import { printable, writeLine } from './output.ts'

const MEMORY_BYTES_MAX = 16 * 1024 * 1024
const FOLDER_BYTES_DEFAULT = 1024 * 1024 * 1024
const REPORT_MS = 10_000
const NUMBER = /^\d{1,15}$/

const FLAGS = {
  to: { type: 'string' },
  buffer: { type: 'string' },
  'buffer-bytes': { type: 'string' },
  'agent-id': { type: 'string' },
  node: { type: 'string' },
  'hep-key': { type: 'string' },
  insecure: { type: 'boolean' },
  json: { type: 'boolean' },
  keylog: { type: 'string' },
} as const

export const agentCommand: Command = {
  usage:
    '--interface NAME[,NAME…] --to tcp|tls://SERVER:9060 [--filter TEXT] [--capture-buffer N] ' +
    '[--buffer DIR] [--buffer-bytes N] [--agent-id N] [--node NAME] [--hep-key KEY] ' +
    '[--keylog FILE] [--insecure] [--json]',
  summary: 'captures here and sends SIP and RTCP to a server, numbered and buffered',
  run: async (argv) => {
    const args = readArguments(argv, FLAGS, ['capture'])
    refuseWords('agent', args)
    const wishes = wishesOf(args)
    const agent = new Agent(wishes)
    const stopping = Promise.withResolvers<void>()
    process.once('SIGTERM', () => stopping.resolve())
    process.once('SIGINT', () => stopping.resolve())
    await agent.start()
    const isJson = args.has('json')
    const reports = setInterval(() => {
      if (isJson) void writeLine(JSON.stringify(agent.state()))
    }, REPORT_MS)
    await stopping.promise
    clearInterval(reports)
    await agent.stop()
    const state = agent.state()
    if (isJson) await writeLine(JSON.stringify(state))
    else {
      const { messages, rtcp, droppedByKernel, droppedByAgent, waitingBytes } = state
      await writeLine(
        `${messages} messages and ${rtcp} RTCP packets captured, ` +
          `${droppedByKernel + droppedByAgent} dropped, ${waitingBytes} bytes not stored yet`,
      )
    }
    return 0
  },
}

function wishesOf(args: Arguments): AgentWishes {
  const { interfaces: devices, captureFilter, captureBufferMegabytes } = args.settings
  if (devices.length === 0) throw new Failure('bad-input', 'agent: name an interface: --interface')
  const to = args.text('to')
  if (to === undefined) throw new Failure('bad-input', 'agent: say where to send: --to')
  const target = readHepTarget(to)
  if (target.scheme !== 'tcp' && target.scheme !== 'tls') {
    throw new Failure('bad-input', `${to}: an agent sends over tcp:// or tls://`)
  }
  const keyLog = args.text('keylog')
  checkKeyLog(keyLog)
  return {
    devices,
    // What we send is not to be captured and sent again.
    filter: captureFilter ?? `not (tcp port ${target.port})`,
    bufferMegabytes: captureBufferMegabytes,
    target,
    isCertificateChecked: !args.has('insecure'),
    agentId: numberOf(args, 'agent-id', 1),
    node: args.text('node') ?? hostname(),
    authKey: args.text('hep-key'),
    secrets: keyLog === undefined ? undefined : new KeyLogFile(keyLog, true),
    folder: args.text('buffer'),
    folderBytesMax: numberOf(args, 'buffer-bytes', FOLDER_BYTES_DEFAULT),
    memoryBytesMax: MEMORY_BYTES_MAX,
    onNews: (news) => process.stderr.write(`earshot: ${printable(news)}\n`),
  }
}

function numberOf(args: Arguments, flag: string, fallback: number): number {
  const text = args.text(flag)
  if (text === undefined) return fallback
  if (!NUMBER.test(text)) throw new Failure('bad-input', `--${flag}: expected a number`)
  return Number(text)
}
