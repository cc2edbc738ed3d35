// Settings in, everything that records out: opened beside the server, fed by what the storing
// thread stores.
import type { Logger } from 'pino'
import type { Accounts } from '../accounts/accounts.ts'
import { readTrunks } from '../accounts/trunk.ts'
import { systemClock } from '../base/clock.ts'
import type { Settings } from '../config/settings.ts'
import type { WriterThread } from '../line/writer-thread.ts'
import type { Finder } from '../query/finder.ts'
import { scopeOfAccount } from '../recorder/account-scope.ts'
import { RecordingOffice } from '../recorder/recording-office.ts'
import { type RecordingRule, readRulesFile } from '../recorder/recording-rules.ts'

/** Before anything is opened. @throws Failure naming what is wrong in the file of rules */
export function checkRules(settings: Settings): void {
  settingsRules(settings)
}

function settingsRules({ recordingRulesFile }: Settings): readonly RecordingRule[] {
  return recordingRulesFile === undefined ? [] : readRulesFile(recordingRulesFile)
}

export function openOffice(
  settings: Settings,
  parts: {
    readonly finder: Finder
    readonly accounts: Accounts
    readonly log: Logger
    readonly writer: WriterThread
  },
): RecordingOffice {
  const { finder, accounts, log, writer } = parts
  const { dataFolder, trunks, siprecPort, siprecTlsPort, transcriber, recordingsFolder } = settings
  const office = new RecordingOffice({
    dataFolder,
    finder,
    clock: systemClock,
    rules: settingsRules(settings),
    trunks: readTrunks(trunks),
    scopeOf: (account) => scopeOfAccount(accounts, account),
    siprecPorts: [siprecPort, siprecTlsPort].filter((port) => port !== 0),
    ...(settings.keyLogFile === undefined ? {} : { keyLogFile: settings.keyLogFile }),
    ...(recordingsFolder === undefined ? {} : { recordingsFolder }),
    ...(transcriber === undefined ? {} : { transcriber }),
    transcriptionsAtOnce: settings.transcriptionsAtOnce,
    onFault: (error) => log.error({ err: error }, 'a recording could not be looked after'),
  })
  writer.onStored((callLegKeys) => office.recorder.stored(callLegKeys))
  return office
}

/** What the HTTP side asks of it. */
export function recordingParts({ recordings, sounds, recorder }: RecordingOffice) {
  return { recordings, sounds, recorder }
}
