// The program: a command's name in, its exit code out. Each command is loaded when it is asked for,
// so that a listing does not wait for a web server to be read.
import type { Command } from './cli/command.ts'

/** By name: what `earshot help` shows, and where the command stands. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve/serve-command.ts')).serveCommand,
  import: async () => (await import('./cli/import.ts')).importCommand,
  agent: async () => (await import('./cli/agent.ts')).agentCommand,
  calls: async () => (await import('./cli/calls.ts')).callsCommand,
  legs: async () => (await import('./cli/legs.ts')).legsCommand,
  messages: async () => (await import('./cli/messages.ts')).messagesCommand,
  streams: async () => (await import('./cli/streams.ts')).streamsCommand,
  recordings: async () => (await import('./cli/recordings.ts')).recordingsCommand,
  show: async () => (await import('./cli/show.ts')).showCommand,
  export: async () => (await import('./cli/export.ts')).exportCommand,
  replay: async () => (await import('./cli/replay.ts')).replayCommand,
  account: async () => (await import('./cli/account.ts')).accountCommand,
  reindex: async () => (await import('./cli/upkeep.ts')).reindexCommand,
  check: async () => (await import('./cli/upkeep.ts')).checkCommand,
  help: async () => (await import('./cli/help.ts')).helpCommand(commands),
}

// A reader that has seen enough (`earshot messages | head`) is no failure, but a full disk is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`earshot: cannot write what was asked for: ${error.message}\n`)
  process.exit(1)
})
const exitCode = await run(process.argv.slice(2))
// Whoever reads us through a socket may be slow: what was written is handed over first.
await Promise.all([process.stdout, process.stderr].map(handedOver))
// At once: a process that ends by itself first gives its memory back piece by piece, and the system
// takes it as a whole.
process.exit(exitCode)

/** Resolves when all that was written has left this process, or can never leave it. */
async function handedOver(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise((resolve) => stream.write('', resolve))
}

async function run(argv: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = argv
  if (name === '--version' || name === '-v') {
    const { version } = (await import('../package.json', { with: { type: 'json' } })).default
    process.stdout.write(`earshot ${version}\n`)
    return 0
  }
  // What help is asked for: a command, everything, or none.
  const helpAbout = isHelpFlag(name) ? [] : rest.some(isHelpFlag) ? [name] : undefined
  const command = helpAbout === undefined ? name : 'help'
  const load = Object.hasOwn(commands, command) ? commands[command] : undefined
  if (load === undefined) {
    return (await import('./cli/failing.ts')).unknownCommand(name, Object.keys(commands))
  }
  try {
    return await (await load()).run(helpAbout ?? rest)
  } catch (error) {
    return (await import('./cli/failing.ts')).failWith(error)
  }
}

function isHelpFlag(argument: string): boolean {
  return argument === '--help' || argument === '-h'
}
