// earshot serve, as far as help tells of it; everything else is loaded when it runs.
import type { Command } from '../cli/command.ts'

const settings = ['storage', 'network', 'capture', 'calls', 'recordings', 'api', 'log'] as const

export const serveCommand: Command = {
  usage: '[FILE…] [--data DIR] [--port N] [--host HOST] …',
  summary: 'serves the pages and the APIs; imports the files first',
  settings,
  run: async (argv) => (await import('./serve.ts')).runServer(argv, settings),
}
