// In: the sources of the kernel. Out: kernel/dist/kernel.wasm, built again only when a source has
// changed.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { buildWhenChanged } from './built.mjs'
import { repository, run, tail } from './process.mjs'

const kernel = join(repository, 'kernel')
const compiler = join(repository, 'node_modules/assemblyscript/bin/asc.js')
const built = join(kernel, 'dist/kernel.wasm')

/** Its memory is made by the server (src/kernel/kernel.ts), which says how much it is. */
const flags =
  '-O3 --noAssert --runtime stub --importMemory --sharedMemory --initialMemory 2 ' +
  '--maximumMemory 65536 --enable threads --enable simd'

/** Builds the kernel on the given Node.js. Throws with the compiler's words when it cannot. */
export async function buildKernel(runtime) {
  if (!existsSync(join(kernel, 'index.ts'))) return
  await buildWhenChanged({
    what: 'the kernel',
    // What it has in common with the server.
    sources: [
      kernel,
      join(repository, 'src/rtp/stream-fields.ts'),
      join(repository, 'src/sip/index-fields.ts'),
      join(repository, 'src/store/block-fields.ts'),
    ],
    built,
    stamp: '.earshot-kernel',
    build: async () => {
      mkdirSync(join(kernel, 'dist'), { recursive: true })
      const args = [compiler, 'index.ts', '-o', built, ...flags.split(' ')]
      const { code, output } = await run(runtime, args, { cwd: kernel })
      if (code !== 0) throw new Error(`the kernel could not be built:\n${tail(output, 30)}`)
    },
  })
}
