// What the routes of this API are given beyond the parts of the HTTP side. Types alone.
import type { VendorParts } from '../vendor/vendor-parts.ts'

export interface GwsParts extends VendorParts {
  /** The vendor's role that every operation here needs. */
  readonly permission: string
}
