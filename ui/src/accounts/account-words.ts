// What the page of accounts says and reads: names of APIs, scopes as lines. Pure.
import type { Dialect } from '../../../src/accounts/account.ts'

/** The APIs that an account can be for, as people call them. */
export const DIALECTS: readonly { readonly name: Dialect; readonly label: string }[] = [
  { name: 'own', label: 'Earshot' },
  { name: 'genesys-cloud', label: 'Genesys Cloud' },
  { name: 'signalwire', label: 'SignalWire' },
  { name: 'bandwidth', label: 'Bandwidth' },
  { name: 'gws', label: 'GWS' },
]

/** The rules of a scope, one a line; blank lines are none. */
export function rulesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** Permissions between commas or blanks; undefined where nothing is written. */
export function permissionsOf(text: string): string[] | undefined {
  const names = text.split(/[\s,]+/).filter((name) => name !== '')
  return names.length === 0 ? undefined : names
}
