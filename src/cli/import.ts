// earshot import: capture files into the store; counts at the end.
import { startReadingThread } from '../line/reading-thread.ts'
import type { Command } from './command.ts'

export const importCommand: Command = {
  usage: 'FILE… [--data DIR] [--keylog FILE] [--recording-rules FILE] [--json]',
  summary: 'imports capture files: pcap or pcapng, plain, gzip or zstd',
  settings: ['calls'],
  run: async (argv) => {
    // It gets ready while everything else is loaded.
    const thread = startReadingThread()
    try {
      const { importFiles } = await import('./import-files.ts')
      return await importFiles(argv, thread)
    } finally {
      await thread.terminate()
    }
  },
}
