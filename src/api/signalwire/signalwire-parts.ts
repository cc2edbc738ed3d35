// What the routes of this API are given beyond the parts of the HTTP side. Types alone.
import type { VendorParts } from '../vendor/vendor-parts.ts'

export interface SignalwireParts extends VendorParts {
  /** The vendor's scope that every operation here needs. */
  readonly permission: string
}
