// rtpengine beside a test, in user space on loopback, as the test orders it and not as the machine
// is set up.
import type { TestContext } from 'node:test'
import { askNg, type AskNg } from './ng-client.ts'
import { freePort, runBeside } from './programs.ts'

/**
 * Starts it and waits until it answers; gives what asks it. Questions fail once it has ended.
 * Without `none` it reads Debian's configuration, whose port for commands is the same for all of
 * them: a second one ends at once. A kernel table of -1 is none.
 */
export async function startRtpengine(
  t: Pick<TestContext, 'after'>,
  path: string,
  args: readonly string[],
): Promise<AskNg> {
  const ng = await freePort()
  const flags = ['--config-file=none', '--foreground', '--log-stderr', '--log-level=1']
  const local = ['--table=-1', '--interface=127.0.0.1', `--listen-ng=127.0.0.1:${ng}`]
  const gone = new AbortController()
  runBeside(t, path, [...flags, ...local, ...args]).once('exit', (code) => {
    gone.abort(new Error(`rtpengine ended with ${code}`))
  })
  const ask: AskNg = (question) => askNg(ng, question, gone.signal)
  await ask({ command: 'ping' })
  return ask
}
