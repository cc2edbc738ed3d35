// Every bound of this API, with its reason. The vendor documents those of a page.

export const bandwidthLimits = {
  /** Rows of one page. */
  pageSize: 25,
  pageSizeMax: 1_000,
  /** Legs that are passed over for a page that is named by its number alone. */
  legsPassedMax: 200_000,
  /** Recordings that the list of media asks for at once; the vendor gives it no pages. */
  recordingsPerLook: 500,
  /** Recordings that it looks at: some 20 MB of an answer. Beyond, it is refused, not cut. */
  recordingsLookedAtMax: 100_000,
  /** X- headers of one call, and the length of a name or a value. */
  sipHeadersMax: 5,
  sipHeaderLengthMax: 256,
  /** Characters of a transcript that stand in the resource; all of them are in its file. */
  transcriptLengthMax: 1_000,
} as const
