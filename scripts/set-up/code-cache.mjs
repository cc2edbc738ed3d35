// In: the sources of the server. Out: what V8 compiles them to, kept on disk, so that the first
// command is as quick as the next one. Refuses to judge: a command that fails says so itself.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWhenChanged } from './built.mjs'
import { repository, run } from './process.mjs'

const launcher = join(repository, 'bin/earshot')
/** Signalling and sound, so that both threads of an import do all that they ever do. */
const capture = join(repository, 'examples/real-answered-call.pcap')
/** Where bin/earshot has it. */
const cache = process.env.NODE_COMPILE_CACHE || join(repository, 'node_modules/.cache/earshot')
const SECONDS_MAX = 60

/** Imports a small capture and forgets it: V8 writes down what it has compiled when it ends. */
export async function fillCodeCache() {
  if (!existsSync(launcher) || !existsSync(capture)) return
  await buildWhenChanged({
    what: 'the cache of compiled code',
    sources: [join(repository, 'src'), launcher],
    built: cache,
    stamp: '.earshot-code',
    build: async () => {
      const data = mkdtempSync(join(tmpdir(), 'earshot-set-up-'))
      const args = ['import', capture, '--data', data]
      await run(launcher, args, { secondsMax: SECONDS_MAX })
      rmSync(data, { recursive: true, force: true })
    },
  })
}
