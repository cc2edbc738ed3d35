// The vendors' APIs by name: what a page calls them, in the order in which it shows them.

export const VENDORS = [
  { name: 'genesys-cloud', label: 'Genesys Cloud', tip: 'siptraces of the conversation' },
  { name: 'signalwire', label: 'SignalWire', tip: 'A call for each leg' },
  { name: 'bandwidth', label: 'Bandwidth', tip: 'A call for each leg' },
  { name: 'gws', label: 'GWS', tip: 'The recordings of the call' },
] as const

export type VendorName = (typeof VENDORS)[number]['name']

/** The vendor of a name, the first one for any other text. */
export function vendorOf(name: string | null): VendorName {
  return VENDORS.find((vendor) => vendor.name === name)?.name ?? VENDORS[0].name
}
