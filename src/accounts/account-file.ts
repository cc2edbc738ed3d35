// Accounts and grants as rows of one SQLite file, readable by its owner only. It keeps what it is
// given: hashing, expiry rules and permissions are decided by `accounts.ts`.
import { join } from 'node:path'
import { openTables, type TablesFile } from '../store/sqlite/tables-file.ts'
import type { Account, Dialect } from './account.ts'

/** Its name in the data folder. */
export const ACCOUNT_FILE = 'accounts.sqlite'

export interface StoredAccount extends Account {
  readonly secretHash: string
}

/** A session of a browser or a bearer token of a program. */
export type GrantKind = 'session' | 'bearer'

export interface StoredGrant {
  /** SHA-256 of the token: whoever reads the file cannot log in with it. */
  readonly tokenHash: Buffer
  readonly kind: GrantKind
  readonly dialect: Dialect
  readonly id: string
  readonly createdAtUs: number
  readonly expiresAtUs: number
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS accounts (
    dialect TEXT NOT NULL,
    id TEXT NOT NULL,
    secretHash TEXT NOT NULL,
    permissions TEXT NOT NULL,
    userId TEXT NOT NULL,
    createdAtUs INTEGER NOT NULL,
    scope TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (dialect, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS grants (
    tokenHash BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    dialect TEXT NOT NULL,
    id TEXT NOT NULL,
    createdAtUs INTEGER NOT NULL,
    expiresAtUs INTEGER NOT NULL,
    FOREIGN KEY (dialect, id) REFERENCES accounts (dialect, id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS grants_by_account ON grants (dialect, id, kind, createdAtUs);
  CREATE INDEX IF NOT EXISTS grants_by_expiry ON grants (expiresAtUs);
`

const TABLES = {
  version: 2,
  schema: SCHEMA,
  upgrades: { 1: "ALTER TABLE accounts ADD COLUMN scope TEXT NOT NULL DEFAULT '[]'" },
}

export class AccountFile {
  readonly #file: TablesFile

  /**
   * Opens `<folder>/accounts.sqlite`, making both where they are missing.
   * @throws Failure naming the folder or the file
   */
  constructor(folder: string) {
    this.#file = openTables(join(folder, ACCOUNT_FILE), TABLES)
  }

  close(): void {
    this.#file.close()
  }

  /** Adds an account. False where the dialect has one of that id. */
  insertAccount(account: StoredAccount): boolean {
    const { changes } = this.#file
      .prepare(
        `INSERT INTO accounts (dialect, id, secretHash, permissions, userId, createdAtUs, scope)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(
        account.dialect,
        account.id,
        account.secretHash,
        JSON.stringify(account.permissions),
        account.userId,
        account.createdAtUs,
        JSON.stringify(account.scope),
      )
    return changes === 1
  }

  /** Changes what an account may do and see. False where there is none. */
  updateRights(account: Pick<Account, 'dialect' | 'id' | 'permissions' | 'userId' | 'scope'>) {
    const { changes } = this.#file
      .prepare(
        'UPDATE accounts SET permissions = ?, userId = ?, scope = ? WHERE dialect = ? AND id = ?',
      )
      .run(
        JSON.stringify(account.permissions),
        account.userId,
        JSON.stringify(account.scope),
        account.dialect,
        account.id,
      )
    return changes === 1
  }

  account(dialect: Dialect, id: string): StoredAccount | undefined {
    const row = this.#file
      .prepare('SELECT * FROM accounts WHERE dialect = ? AND id = ?')
      .get(dialect, id)
    return row === undefined ? undefined : toAccount(row)
  }

  /** All accounts, by dialect and id. */
  accounts(): StoredAccount[] {
    return this.#file.prepare('SELECT * FROM accounts ORDER BY dialect, id').all().map(toAccount)
  }

  /** Removes an account with its grants. False where there is none. */
  deleteAccount(dialect: Dialect, id: string): boolean {
    const statement = this.#file.prepare('DELETE FROM accounts WHERE dialect = ? AND id = ?')
    return statement.run(dialect, id).changes === 1
  }

  /** Changes the secret and ends what the old one had opened. False where there is no account. */
  updateSecret(dialect: Dialect, id: string, secretHash: string): boolean {
    return this.#file.atomically(() => {
      const { changes } = this.#file
        .prepare('UPDATE accounts SET secretHash = ? WHERE dialect = ? AND id = ?')
        .run(secretHash, dialect, id)
      this.#file.prepare('DELETE FROM grants WHERE dialect = ? AND id = ?').run(dialect, id)
      return changes === 1
    })
  }

  /**
   * Adds a grant, forgets expired ones, and drops the oldest of its account beyond `keepMax`.
   * Answers how many unexpired ones were dropped.
   */
  insertGrant(grant: StoredGrant, keepMax: number): number {
    return this.#file.atomically(() => {
      this.#file.prepare('DELETE FROM grants WHERE expiresAtUs <= ?').run(grant.createdAtUs)
      this.#file
        .prepare(
          `INSERT INTO grants (tokenHash, kind, dialect, id, createdAtUs, expiresAtUs)
         VALUES (?, ?, ?, ?, ?, ?)`,
        )
        .run(
          grant.tokenHash,
          grant.kind,
          grant.dialect,
          grant.id,
          grant.createdAtUs,
          grant.expiresAtUs,
        )
      const { changes } = this.#file
        .prepare(
          `DELETE FROM grants WHERE tokenHash IN (
           SELECT tokenHash FROM grants WHERE dialect = ? AND id = ? AND kind = ?
           ORDER BY createdAtUs DESC LIMIT -1 OFFSET ?)`,
        )
        .run(grant.dialect, grant.id, grant.kind, keepMax)
      return Number(changes)
    })
  }

  /** The account that an unexpired grant stands for, as it is now. */
  accountOfGrant(tokenHash: Buffer, kind: GrantKind, nowUs: number): StoredAccount | undefined {
    const row = this.#file
      .prepare(
        `SELECT accounts.* FROM grants JOIN accounts USING (dialect, id)
       WHERE tokenHash = ? AND kind = ? AND expiresAtUs > ?`,
      )
      .get(tokenHash, kind, nowUs)
    return row === undefined ? undefined : toAccount(row)
  }

  deleteGrant(tokenHash: Buffer): void {
    this.#file.prepare('DELETE FROM grants WHERE tokenHash = ?').run(tokenHash)
  }
}

function toAccount(row: Record<string, unknown>): StoredAccount {
  return {
    dialect: row.dialect as Dialect,
    id: String(row.id),
    secretHash: String(row.secretHash),
    permissions: JSON.parse(String(row.permissions)) as string[],
    userId: String(row.userId),
    scope: JSON.parse(String(row.scope)) as string[],
    createdAtUs: Number(row.createdAtUs),
  }
}
