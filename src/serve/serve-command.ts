// earshot serve, as far as help tells of it; everything else is loaded when it runs.
import type { Command } from '../cli/command.ts'

export const serveCommand: Command = {
  usage: '[FILE…] [--data DIR] [--port N] [--host HOST] …',
  summary: 'serves the pages and the APIs; imports the files first',
  run: async (argv) => (await import('./serve.ts')).runServer(argv),
}
