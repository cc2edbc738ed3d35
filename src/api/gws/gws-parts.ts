// What the routes of this API are given beyond the parts of the HTTP side. Types alone.
import type { ApiParts } from '../http/parts.ts'
import type { VendorRules } from '../vendor/leg-facts.ts'

export interface GwsParts extends ApiParts {
  readonly vendor: VendorRules
  /** The vendor's role that every operation here needs. */
  readonly permission: string
}
