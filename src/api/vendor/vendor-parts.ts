// What the vendors' APIs are given beyond the parts of the HTTP side. Types alone.
import type { OtherFormats } from '../../sound/other-format.ts'
import type { Connections } from '../http/connections.ts'
import type { ApiParts } from '../http/parts.ts'
import type { VendorRules } from './leg-facts.ts'

export interface VendorParts extends ApiParts {
  readonly vendor: VendorRules
  readonly otherFormats: OtherFormats
  readonly connections: Connections
}
