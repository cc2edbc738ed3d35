// Settings in, the opened inventory out: the operator's file and templates, then those that come
// with Earshot.
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { systemClock } from '../base/clock.ts'
import type { Settings } from '../config/settings.ts'
import { type OpenInventory, openInventory } from '../inventory/open-inventory.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples', 'phone-templates')

/** @throws Failure `bad-input` naming what is wrong in the inventory file */
export function openSettingsInventory(
  settings: Settings,
  log: Pick<FastifyBaseLogger, 'error'>,
): OpenInventory {
  const { dataFolder, inventoryFile, phoneTemplates, rebootDelaySeconds } = settings
  return openInventory({
    dataFolder,
    clock: systemClock,
    path: inventoryFile,
    templateFolders: phoneTemplates === undefined ? [EXAMPLES] : [phoneTemplates, EXAMPLES],
    rebootDelaySeconds,
    onError: (error) => log.error({ err: error }, 'a reboot job stopped'),
  })
}
