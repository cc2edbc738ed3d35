// What a line must be told by whoever runs it. Only a shape: settings are defined in config.
import type { JoinSettings } from '../calls/leg-head.ts'

export interface LineSettings extends JoinSettings {
  /** Path of an NSS key log with the secrets of TLS connections. */
  readonly keyLogFile?: string | undefined
  /** How long a server keeps traffic; without it, for ever. */
  readonly keepDays?: number
  readonly keepGigabytes?: number
}
