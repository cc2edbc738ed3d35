// For tests: Earshot as its users run it, from the command line, on a data folder of its own.
// Starts it on a free port and ends it by its own process; nothing of Earshot is imported.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('../../', import.meta.url).pathname
const command = join(root, 'bin', 'earshot')

/** Where a capture of the tests lies. */
export const capturePath = (name: string): string => join(root, 'test', 'captures', name)
/** Where a capture lies that every first start brings in. */
export const examplePath = (name: string): string => join(root, 'examples', name)

/** Where clean-up is asked for: a test's context, or the file's own hooks. */
export interface CleanUp {
  readonly after: (work: () => unknown) => void
}

export interface RunningEarshot {
  readonly port: number
  readonly dataFolder: string
  /** Ends it as a service manager would; true when it said good-bye by itself. */
  readonly stop: () => Promise<boolean>
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>
}

/** A data folder that is gone when the tests end. */
export function makeDataFolder(cleanUp: CleanUp): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-vendor-'))
  cleanUp.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs one command to its end and gives what it wrote, one object a line. */
export function runEarshot(args: readonly string[]): Record<string, unknown>[] {
  const output = execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Serves the files and answers when the process says that it is ready. */
export async function serveEarshot(
  cleanUp: CleanUp,
  options: { dataFolder: string; files?: readonly string[]; flags?: readonly string[] },
): Promise<RunningEarshot> {
  const { dataFolder, files = [], flags = [] } = options
  const process = spawn(
    command,
    ['serve', ...files, '--data', dataFolder, '--port', '0', '--host', '127.0.0.1', ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const ended = new Promise<number | null>((resolve) => process.on('close', resolve))
  const stop = async () => {
    process.kill('SIGTERM')
    return (await ended) === 0
  }
  const kill = async () => {
    process.kill('SIGKILL')
    await ended
  }
  cleanUp.after(stop)
  let complaints = ''
  process.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const port = await new Promise<number>((resolve, reject) => {
    let output = ''
    process.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const ready = /^ready https?:\/\/[^\n]*:(\d+)$/m.exec(output)
      if (ready !== null) resolve(Number(ready[1]))
    })
    void ended.then((code) => reject(new Error(`earshot ended with ${code}: ${complaints}`)))
  })
  return { port, dataFolder, stop, kill }
}
