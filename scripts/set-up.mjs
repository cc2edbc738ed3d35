// In: `start` or `test`. Out: everything that the npm script of that name needs, or a plain word on
// what to do. Plain JavaScript, because Node 20 may run it; refuses nothing that is already there.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { alone } from './set-up/alone.mjs'
import { fillCodeCache } from './set-up/code-cache.mjs'
import { buildKernel } from './set-up/kernel.mjs'
import { installPackages } from './set-up/packages.mjs'
import { buildPages } from './set-up/pages.mjs'
import { fail, repository, say } from './set-up/process.mjs'
import { supplyRuntime } from './set-up/runtime.mjs'
import { installSystemPrograms } from './set-up/system.mjs'

const purpose = process.argv[2]
if (purpose !== 'start' && purpose !== 'test') fail('use: node scripts/set-up.mjs start|test')
if (!existsSync(join(repository, 'package-lock.json'))) fail('package-lock.json is missing')

try {
  await alone(async () => {
    await installPackages(purpose)
    const runtime = await supplyRuntime()
    await buildKernel(runtime)
    await buildPages(runtime)
    await fillCodeCache()
  })
  if (purpose === 'test') await installSystemPrograms()
} catch (error) {
  if (process.env.EARSHOT_SET_UP_DEBUG) throw error
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
