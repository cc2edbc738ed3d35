// Files in, one result out: imports one after the other and adds up what they brought. A file that
// cannot be read does not stop the others; a store that cannot be written does.
import { Failure, isFailure } from '../base/failure.ts'
import { type FileImporter, type ImportedFile, isOfFile } from './file-importer.ts'
import type { FailedFile, ImportResult } from './import-result.ts'

/** A file to import, and what messages call it. */
export interface FileToImport {
  readonly path: string
  readonly name: string
}

/** @throws Failure `full`, `internal` … when the store cannot be written */
export async function runImport(
  importer: FileImporter,
  files: readonly FileToImport[],
): Promise<ImportResult> {
  const startMs = performance.now()
  const failed: FailedFile[] = []
  const imported: ImportedFile[] = []
  for (const { path, name } of files) {
    try {
      const file = await importer.import(path, name)
      imported.push(file)
      const reason = problemOf(file)
      if (reason !== undefined) failed.push({ name, isNoCapture: !file.isCapture, reason })
    } catch (error) {
      if (!isFailure(error)) throw error
      if (!isOfFile(error)) {
        throw new Failure(error.kind, `${name}: ${error.message}`, { cause: error })
      }
      failed.push({ name, isNoCapture: true, reason: error.message })
    }
  }
  const problemCounts = addCounts(imported)
  const sum = (value: (file: ImportedFile) => number): number =>
    imported.reduce((total, file) => total + value(file), 0)
  return {
    files: imported.filter(({ isCapture }) => isCapture).length,
    frames: sum(({ frames }) => frames),
    messages: sum(({ messages }) => messages),
    legs: sum(({ legs }) => legs),
    calls: sum(({ calls }) => calls),
    streams: sum(({ streams }) => streams),
    problems: Object.values(problemCounts).reduce((total, count) => total + count, 0),
    bytes: sum(({ fileBytes }) => fileBytes),
    seconds: Math.round(performance.now() - startMs) / 1000,
    legsAdded: sum(({ legsAdded }) => legsAdded),
    messagesAdded: sum(({ messagesAdded }) => messagesAdded),
    problemCounts,
    failed,
  }
}

/** Why a file was not read to its end, undefined when it was. */
function problemOf(file: ImportedFile): string | undefined {
  if (file.isCapture && file.isComplete) return undefined
  if (file.isCapture) return `read up to where it is damaged: ${file.reason}`
  return file.fileBytes === 0
    ? 'the file is empty'
    : 'no capture: expected pcap or pcapng, plain, gzip or zstd'
}

function addCounts(files: readonly ImportedFile[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { problems } of files) {
    for (const [code, count] of Object.entries(problems)) counts[code] = (counts[code] ?? 0) + count
  }
  return counts
}
