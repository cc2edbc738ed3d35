// Every bound of the inventory and of reboots, with its reason.

export const inventoryLimits = {
  /** Bytes of an inventory file, and of one template. */
  fileBytesMax: 64 * 1024 * 1024,
  templateBytesMax: 1024 * 1024,
  /** Values that one template may fill in: what is rendered stays within so many times its size. */
  renderedValuesMax: 10_000,
  /** Entries that were put by the API. */
  entriesMax: 200_000,

  /** Registrations that are looked through for phones, the newest first. */
  registrationsSeenMax: 2_000,
  /** Streams that are looked through for the regions that they touch, the newest first. */
  streamsCountedMax: 5_000,
  /** How long what was seen is believed before it is looked up again. */
  seenUsMax: 60_000_000,
  /** Accounts whose phones are remembered. */
  seenSetsMax: 50,

  /** How long ago a phone that nobody wrote down may have registered and still be told. */
  seenPhoneToldUsMax: 86_400_000_000,
  /** Devices of one job, and jobs that are kept; the oldest finished one goes first. */
  devicesPerJobMax: 10_000,
  jobsMax: 1_000,
  /** Devices that are told at once. */
  devicesAtOnceMax: 16,
  /** Milliseconds that an HTTP call or a command may take. */
  httpMsMax: 30_000,
  commandMsMax: 60_000,
  /** Characters kept of what a device, a server or a command answered. */
  resultLengthMax: 500,
} as const
