// Every bound of this API, with its reason. The vendor documents those of a page.

export const signalwireLimits = {
  /** Rows of one page. */
  pageSize: 50,
  pageSizeMax: 1_000,
} as const
