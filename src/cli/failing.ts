// What went wrong in, one line on stderr and an exit code out.
import { isFailure } from '../base/failure.ts'
import { EXIT_FAILED, EXIT_USAGE } from './command.ts'
import { printable } from './output.ts'

/** Says what failed. A bug is told with its stack: somebody has to find it. */
export function failWith(error: unknown): number {
  if (!isFailure(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`earshot: ${text}\n`)
    return EXIT_FAILED
  }
  process.stderr.write(`earshot: ${printable(error.message)}\n`)
  if (error.kind === 'internal' && error.cause instanceof Error) {
    process.stderr.write(`${error.cause.stack ?? error.cause.message}\n`)
  }
  return error.kind === 'bad-input' ? EXIT_USAGE : EXIT_FAILED
}

export function unknownCommand(name: string, known: readonly string[]): number {
  const called = printable(name)
  process.stderr.write(`earshot: no command is called ${called}; known are ${known.join(', ')}\n`)
  return EXIT_USAGE
}
