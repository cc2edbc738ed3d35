// The tables of one day's index and of the catalogue beside the days. What repeats (users, hosts,
// addresses, agents) stands once in a dictionary table; a leg's row holds small numbers.
import type { Generated } from 'kysely'
import { type Side, STATES_GOING_ON } from '../../calls/leg.ts'
import { numberOfKind, numberOfState } from '../../calls/leg-record-codec.ts'

/** Ids of legs order them by start: µs since the day began, times this, plus a tie breaker. */
export const LEG_ID_SCALE = 65_536

export const SCHEMA_VERSION = 5

/** Texts that came with calls, by the hash of what ties them to one. */
const noteSchema = `
CREATE TABLE notes (
  id_hash INTEGER NOT NULL,
  t_us INTEGER NOT NULL,
  text_hash INTEGER NOT NULL,
  protocol_type INTEGER NOT NULL,
  correlation_id TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (id_hash, t_us, text_hash)
) WITHOUT ROWID;
`

/** Streams of media: what no search asks for is in `body`, a packed StreamRecord. */
const streamSchema = `
CREATE TABLE streams (
  id INTEGER PRIMARY KEY,
  stream_hash INTEGER NOT NULL,
  -- Of the ends and the SSRC alone: what may be another record of the same stream.
  ends_hash INTEGER NOT NULL,
  -- Of the Call-ID; null for a stream that no SDP announced.
  call_hash INTEGER,
  src_id INTEGER NOT NULL,
  dst_id INTEGER NOT NULL,
  ssrc INTEGER NOT NULL,
  -- Lower case.
  codec TEXT,
  -- In hundredths.
  mos INTEGER,
  packets INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX streams_by_hash ON streams (stream_hash);
CREATE INDEX streams_by_ends ON streams (ends_hash);
CREATE INDEX streams_by_call ON streams (call_hash) WHERE call_hash IS NOT NULL;
CREATE INDEX streams_by_src ON streams (src_id);
CREATE INDEX streams_by_dst ON streams (dst_id);
CREATE INDEX streams_by_ssrc ON streams (ssrc);
`

/** What the users stand for that are written with escapes; few are. */
const escapedUserSchema = `
CREATE TABLE escaped_users (
  plain TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  PRIMARY KEY (plain, user_id)
) WITHOUT ROWID;
`

/** Users that INVITEs name beside those of From and To; few legs have some. */
const identitySchema = `
CREATE TABLE identities (
  leg_id INTEGER NOT NULL,
  -- 0: the caller's, 1: the callee's.
  side INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  PRIMARY KEY (leg_id, side, user_id)
) WITHOUT ROWID;
CREATE INDEX identities_by_user ON identities (user_id, side);
`

/** What each version added to a day of the version before. */
export const dayUpgrades: Readonly<Record<number, string>> = {
  2: streamSchema,
  3: noteSchema,
  4: escapedUserSchema,
  5: identitySchema,
}

export const daySchema = `
${streamSchema}
${noteSchema}
${escapedUserSchema}
${identitySchema}
CREATE TABLE legs (
  id INTEGER PRIMARY KEY,
  call_hash INTEGER NOT NULL,
  call_key TEXT,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  from_id INTEGER,
  to_id INTEGER,
  src_id INTEGER,
  dst_id INTEGER,
  status INTEGER,
  conversation TEXT,
  body BLOB NOT NULL
);
-- Addresses that a leg's messages touched beside its own two ends: the hops between.
CREATE TABLE hops (
  address_id INTEGER NOT NULL,
  leg_id INTEGER NOT NULL,
  PRIMARY KEY (address_id, leg_id)
) WITHOUT ROWID;
-- Values that legs share: key_hash is that of a Call-ID or of a header's value.
CREATE TABLE joins (
  key_hash INTEGER NOT NULL,
  call_hash INTEGER NOT NULL,
  header TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (key_hash, call_hash)
) WITHOUT ROWID;
CREATE INDEX joins_by_call_hash ON joins (call_hash);
CREATE TABLE users (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
-- Three-letter pieces of each user between the anchors ^ and $: prefix, suffix and middle alike.
CREATE VIRTUAL TABLE users_search USING fts5 (
  text, tokenize = 'trigram', detail = none, content = '', columnsize = 0
);
CREATE TABLE hosts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE agents (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE addresses (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE blocks (
  block INTEGER PRIMARY KEY,
  line INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  raw_length INTEGER NOT NULL,
  frames INTEGER NOT NULL,
  first_us INTEGER NOT NULL,
  last_us INTEGER NOT NULL,
  digest TEXT NOT NULL
);
CREATE INDEX blocks_by_digest ON blocks (digest);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
`

/**
 * What finds legs. Made apart from the tables: over rows that are there already it costs a third of
 * what keeping it up to date with every row does.
 */
export const legIndexes = `
CREATE UNIQUE INDEX IF NOT EXISTS legs_by_call_hash ON legs (call_hash);
CREATE INDEX IF NOT EXISTS legs_by_from ON legs (from_id);
CREATE INDEX IF NOT EXISTS legs_by_to ON legs (to_id);
CREATE INDEX IF NOT EXISTS legs_by_src ON legs (src_id);
CREATE INDEX IF NOT EXISTS legs_by_dst ON legs (dst_id);
CREATE INDEX IF NOT EXISTS legs_by_refusal ON legs (status) WHERE status >= 300;
CREATE INDEX IF NOT EXISTS legs_by_call_key ON legs (call_key) WHERE call_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS legs_by_conversation ON legs (conversation)
  WHERE conversation IS NOT NULL;
`

const statesGoingOn = STATES_GOING_ON.map(numberOfState).join(', ')
/** Calls that go on, in the words that SQLite knows their index by. */
export const goingOn = `kind = ${numberOfKind('call')} AND state IN (${statesGoingOn})`

/** Made in a day whose calls somebody asks for: few go on, but each leg is looked at for it. */
export const goingOnIndex = `
CREATE INDEX IF NOT EXISTS legs_going_on ON legs (kind) WHERE ${goingOn};
`

/** Made in a day whose streams without a call somebody asks for: mostly, few are. */
export const unboundIndex = `
CREATE INDEX IF NOT EXISTS streams_unbound ON streams (call_hash) WHERE call_hash IS NULL;
`

export const catalogueSchema = `
CREATE TABLE progress (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
`

/** Number under which a side is stored. */
export function numberOfSide(side: Side): number {
  return side === 'caller' ? 0 : 1
}

/** The rows of `legs`. Everything that no search asks for is in `body`: see leg-row.ts. */
export interface LegTable extends LegColumns {
  body: Uint8Array
}

/** All of a leg's row but its body. */
export interface LegColumns {
  id: number
  call_hash: number
  /** Null for the first leg of a call, which gives the call its name. */
  call_key: string | null
  kind: number
  state: number
  from_id: number | null
  to_id: number | null
  src_id: number | null
  dst_id: number | null
  status: number | null
  conversation: string | null
}

interface DictionaryTable {
  id: Generated<number>
  text: string
}

export interface DayTables {
  legs: LegTable
  hops: { address_id: number; leg_id: number }
  joins: { key_hash: number; call_hash: number; header: string; value: string }
  users: DictionaryTable
  users_search: { rowid: number; users_search: string }
  hosts: DictionaryTable
  agents: DictionaryTable
  addresses: DictionaryTable
}
