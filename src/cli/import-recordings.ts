// The calls that an import has stored in, the recordings that rules want of them out. For a command
// that ends: everything is done when the promise resolves.
import { Accounts } from '../accounts/accounts.ts'
import { readTrunks } from '../accounts/trunk.ts'
import { systemClock } from '../base/clock.ts'
import type { Settings } from '../config/settings.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { scopeOfAccount } from '../recorder/account-scope.ts'
import { RecordingOffice } from '../recorder/recording-office.ts'
import type { RecordingRule } from '../recorder/recording-rules.ts'
import type { OpenStore } from '../store/data-folder.ts'

/** The caller holds the folder's writer lock, and its reading is over. */
export async function recordImported(
  settings: Settings,
  imported: {
    readonly store: OpenStore
    readonly rules: readonly RecordingRule[]
    readonly callLegKeys: ReadonlySet<string>
  },
): Promise<void> {
  const { dataFolder, trunks, transcriber } = settings
  const accounts = new Accounts({ folder: dataFolder, clock: systemClock })
  const office = new RecordingOffice({
    dataFolder,
    finder: new StoreFinder(imported.store),
    clock: systemClock,
    rules: imported.rules,
    trunks: readTrunks(trunks),
    scopeOf: (account) => scopeOfAccount(accounts, account),
    settleUs: 0,
    // Nothing more is coming: what did not end in the files has ended for us.
    silenceUs: 0,
    ...(settings.keyLogFile === undefined ? {} : { keyLogFile: settings.keyLogFile }),
    ...(transcriber === undefined ? {} : { transcriber }),
    onFault: (error) => process.stderr.write(`earshot: a recording failed: ${String(error)}\n`),
  })
  try {
    office.recorder.stored([...imported.callLegKeys])
    await office.finishDue()
  } finally {
    await office.close()
    accounts.close()
  }
}
