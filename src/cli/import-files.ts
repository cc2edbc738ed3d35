// What `earshot import` does: capture files into the store; counts at the end.
import type { Worker } from 'node:worker_threads'
import { Failure } from '../base/failure.ts'
import { checkKeyLog } from '../source/key-log-file.ts'
import { FileImporter } from '../line/file-importer.ts'
import type { ImportResult } from '../line/import-result.ts'
import { runImport } from '../line/import-run.ts'
import { recoverStore } from '../line/replay.ts'
import { readRulesFile } from '../recorder/recording-rules.ts'
import { closeStore, lockForWriting, openStore } from '../store/data-folder.ts'
import { EXIT_FAILED, readArguments } from './command.ts'
import { printable, writeLine } from './output.ts'
import { formatBytes, startProgressBar } from './progress-bar.ts'

/**
 * Imports the files that the arguments name, read by this thread. Gives the exit code.
 * @throws Failure for arguments that are not understood, and a store that cannot be written
 */
export async function importFiles(argv: readonly string[], thread: Worker): Promise<number> {
  const groups = ['storage', 'calls', 'recordings'] as const
  const args = readArguments(argv, { json: { type: 'boolean' } }, groups)
  const { settings, positionals } = args
  if (positionals.length === 0) throw new Failure('bad-input', 'import: name a capture file')
  checkKeyLog(settings.keyLogFile)
  const { recordingRulesFile } = settings
  const rules = recordingRulesFile === undefined ? [] : readRulesFile(recordingRulesFile)
  const callLegKeys = new Set<string>()
  const lock = lockForWriting(settings.dataFolder)
  const noteStored = (legKeys: Iterable<string>): void => {
    for (const legKey of legKeys) callLegKeys.add(legKey)
  }
  const onStored = rules.length > 0 ? noteStored : undefined
  const store = openStore(settings.dataFolder, 'write', onStored)
  const importer = new FileImporter(store, settings, { thread })
  try {
    await recoverStore(store, settings)
    const stopBar = startProgressBar(() => importer.progress())
    const files = positionals.map((path) => ({ path, name: path }))
    const result = await runImport(importer, files).finally(stopBar)
    for (const { name, reason } of result.failed) {
      process.stderr.write(`earshot: ${printable(`${name}: ${reason}`)}\n`)
    }
    if (rules.length > 0) {
      // Only where it is asked for: what records is much, and an import shall begin soon.
      const { recordImported } = await import('./import-recordings.ts')
      await recordImported(settings, { store, rules, callLegKeys })
    }
    await (args.has('json') ? writeLine(JSON.stringify(result)) : writeWords(result))
    return result.failed.length > 0 ? EXIT_FAILED : 0
  } finally {
    // The thread ends while the store is brought to its resting state.
    await Promise.all([importer.close(), closeStore(store)])
    lock.release()
  }
}

async function writeWords(result: ImportResult): Promise<void> {
  const count = (value: number, one: string, many = `${one}s`): string =>
    `${value.toLocaleString('en')} ${value === 1 ? one : many}`
  await writeLine(
    `${count(result.files, 'file')}, ${formatBytes(result.bytes)}, ` +
      `${count(result.frames, 'frame')}: ${count(result.messages, 'message')} of ` +
      `${count(result.legs, 'leg')} in ${count(result.calls, 'call')}, ` +
      `in ${result.seconds.toFixed(1)} s`,
  )
  if (result.messagesAdded < result.messages) {
    const known = result.messages - result.messagesAdded
    await writeLine(`${count(known, 'message')} of them the store held already`)
  }
  for (const [code, number] of Object.entries(result.problemCounts)) {
    await writeLine(`${String(number).padStart(8)}  ${code}`)
  }
}
