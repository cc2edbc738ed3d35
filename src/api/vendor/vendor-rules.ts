// Settings in, what the vendors' APIs are told by them out: the networks of both sides, the country
// of numbers, and the rate table, which is read once at the start. A name that no trunk has, or a
// table that is not understood, stops the start.
import { readFileSync } from 'node:fs'
import type { FastifyRequest } from 'fastify'
import type { Account } from '../../accounts/account.ts'
import { legRulesOf } from '../../accounts/scope.ts'
import { readTrunks } from '../../accounts/trunk.ts'
import { Failure } from '../../base/failure.ts'
import { finderFor } from '../http/finder-of.ts'
import { isWantedBy } from '../http/is-wanted-by.ts'
import type { ApiParts, ApiSettings } from '../http/parts.ts'
import type { Asker, VendorRules } from './leg-facts.ts'
import { parseRates, RateTable } from './rate-table.ts'

/** Reads the rules. @throws Failure `bad-input` */
export function readVendorRules(settings: ApiSettings): VendorRules {
  const { countryCode, ratesFile } = settings
  return {
    sides: {
      carrier: networksOf(settings.carrierTrunks, settings),
      internal: networksOf(settings.internalTrunks, settings),
    },
    numbers: countryCode === undefined ? {} : { countryCode },
    rates: new RateTable(ratesFile === undefined ? [] : parseRates(readTable(ratesFile))),
  }
}

function networksOf(names: readonly string[], settings: ApiSettings): readonly string[] {
  const trunks = readTrunks(settings.trunks)
  return names.flatMap((name) => {
    const networks = trunks.get(name)
    if (networks === undefined) throw new Failure('bad-input', `there is no trunk ${name}`)
    return networks
  })
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Failure('bad-input', `${path}: the rate table cannot be read`, { cause: error })
  }
}

/** Whom a request of a vendor's API asks for. @throws Failure `unauthorized` */
export function askerOf(
  request: FastifyRequest,
  parts: Pick<ApiParts, 'clock' | 'finder' | 'settings'>,
): Asker {
  if (request.account === null) throw new Failure('unauthorized', 'log in first')
  return { ...askerFor(request.account, parts), isWaiting: isWantedBy(request) }
}

/** The same for an account that asks without a request of its own. */
export function askerFor(
  account: Pick<Account, 'id' | 'scope'>,
  parts: Pick<ApiParts, 'clock' | 'finder' | 'settings'>,
): Asker {
  const finder = finderFor(account, parts)
  const rules = legRulesOf(account.scope, readTrunks(parts.settings.trunks))
  const nowUs = parts.clock.nowUs()
  return { finder, nowUs, account, ...(rules === undefined ? {} : { rules }) }
}
