// The inventory with all that belongs to it, opened over a data folder and closed together.
import type { Clock } from '../base/clock.ts'
import { Inventory } from './inventory.ts'
import { PhoneBook } from './phone-book.ts'
import { PhoneTemplates } from './phone-templates.ts'
import type { SipTimers } from './reboot/notify-device.ts'
import { Reboots } from './reboot/reboots.ts'

export interface OpenInventory {
  readonly entries: Inventory
  readonly phoneBook: PhoneBook
  readonly templates: PhoneTemplates
  readonly reboots: Reboots
  close(): Promise<void>
}

export interface InventoryOptions {
  readonly dataFolder: string
  readonly clock: Clock
  /** The operator's file; without one there is what the API was given. */
  readonly path?: string | undefined
  /** Folders of templates, the first one that has a model's wins. */
  readonly templateFolders: readonly string[]
  readonly rebootDelaySeconds: number
  /** For tests: quicker ones. */
  readonly timers?: SipTimers
  onError(error: unknown): void
}

/** Opens it, and goes on with reboots that were under way. @throws Failure `bad-input` */
export function openInventory(options: InventoryOptions): OpenInventory {
  const { dataFolder: folder, clock, path, timers } = options
  const entries = new Inventory({ folder, path })
  const reboots = new Reboots({
    folder,
    clock,
    delaySeconds: options.rebootDelaySeconds,
    onError: (error) => options.onError(error),
    ...(timers === undefined ? {} : { timers }),
  })
  return {
    entries,
    phoneBook: new PhoneBook(entries, clock),
    templates: new PhoneTemplates(options.templateFolders),
    reboots,
    async close() {
      await reboots.close()
      entries.close()
    },
  }
}
