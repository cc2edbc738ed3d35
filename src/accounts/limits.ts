// Every bound of the accounts, with its reason. What a bound turns away is counted in
// `Accounts.stats()`.

export const accountLimits = {
  /** Characters of an id; longer ones are no names that a person or a vendor gives out. */
  idLengthMax: 200,
  /** Bytes of a secret. Vendors' own are below 100; hashing must not be made to read megabytes. */
  secretBytesMax: 1_024,
  /** Permissions of one account, and the length of one name. */
  permissionsMax: 100,
  permissionLengthMax: 100,
  /** Rules of one account's scope, and the length of one: each costs every search a condition. */
  scopeRulesMax: 32,
  scopeRuleLengthMax: 1_000,

  /** Secrets that were right a short while ago and need no second hash; the oldest goes first. */
  provenSecretsMax: 10_000,
  /** How long that is: a removed secret is never good for longer, a changed one not at all. */
  provenSecretUs: 300_000_000,

  /** Sessions, and bearer tokens, that one account may hold at once; the oldest goes first. */
  grantsPerAccountMax: 1_000,

  /** Secrets hashed at once: each takes a thread of the pool and 32 MB for a tenth of a second. */
  verificationsAtOnceMax: 2,
  /** Logins waiting for their turn; the next one is told to come back. */
  verificationsWaitingMax: 64,

  /** Ids and addresses whose failed logins are remembered; the longest quiet one goes first. */
  throttleEntriesMax: 10_000,
  /** Characters of an id or address that are kept as they are: every real one, with its dialect. */
  throttleKeyLengthMax: 400,
  /** Wrong secrets that cost no waiting: a person mistypes, a job has an old password. */
  failuresFreePerId: 5,
  failuresFreePerAddress: 20,
  /** The first wait after that; it doubles with each further failure up to the longest. */
  throttleWaitUsMin: 500_000,
  throttleWaitUsMax: 30_000_000,
  /** Quiet time after which failures are forgotten. */
  throttleMemoryUs: 900_000_000,
} as const
