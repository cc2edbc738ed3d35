// Settings in, the callbacks of a server out, with the applications of the operator's file.
import { readFileSync } from 'node:fs'
import { type Application, readApplications } from '../api/bandwidth/callbacks/application.ts'
import { type CallbackParts, Callbacks } from '../api/bandwidth/callbacks/callbacks.ts'
import { readVendorRules } from '../api/vendor/vendor-rules.ts'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Settings } from '../config/settings.ts'

/**
 * Opens the outbox; nothing is sent before `start`. @throws Failure `bad-input` for a wrong file
 */
export function openCallbacks(
  { applicationsFile }: Pick<Settings, 'applicationsFile'>,
  parts: Omit<CallbackParts, 'clock' | 'fromFile' | 'vendor'>,
): Callbacks {
  const fromFile = applicationsFile === undefined ? {} : { fromFile: readFile(applicationsFile) }
  const vendor = readVendorRules(parts.settings)
  return new Callbacks({ ...parts, ...fromFile, vendor, clock: systemClock })
}

function readFile(path: string): Application[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Failure('bad-input', `${path}: cannot be read`, { cause: error })
  }
  return readApplications(text)
}
