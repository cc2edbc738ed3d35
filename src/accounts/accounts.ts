// Ids and secrets in, the accounts they prove out; and the sessions and bearer tokens opened with
// them. It knows nothing of HTTP and does not decide which permission a question needs.
import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import {
  type Account,
  allPermissions,
  checkId,
  checkPermissions,
  checkScopeOf,
  checkSecret,
  type Dialect,
} from './account.ts'
import { AccountFile, type GrantKind, type StoredAccount } from './account-file.ts'
import { accountLimits } from './limits.ts'
import { LoginThrottle } from './login-throttle.ts'
import { ProvenSecrets } from './proven-secrets.ts'
import type { Scope } from './scope.ts'
import { type HashCost, hashSecret, standardCost, verifySecret } from './secret-hash.ts'
import { Turns } from '../base/turns.ts'

export interface AccountsOptions {
  /** Folder of `accounts.sqlite`; made where it is missing. */
  readonly folder: string
  readonly clock: Clock
  /** For tests: cheaper hashes. */
  readonly hashCost?: HashCost
}

export interface NewAccount {
  readonly dialect: Dialect
  readonly id: string
  readonly secret: string
  /**
   * By default `view` and `import` of the own API (`view` alone with a scope), and all of any other
   * dialect.
   */
  readonly permissions?: readonly string[]
  /** By default the id. */
  readonly userId?: string
  /** What part of the traffic it sees; by default everything. */
  readonly scope?: Scope
}

/** What can be changed of an account; the rest stays. */
export type AccountChange = Partial<Pick<Account, 'permissions' | 'userId' | 'scope'>>

/** A token that was just opened. The token itself is not kept and cannot be told again. */
export interface Grant {
  readonly token: string
  readonly expiresAtUs: number
}

export class Accounts {
  readonly #file: AccountFile
  readonly #clock: Clock
  readonly #hashCost: HashCost
  readonly #throttle: LoginThrottle
  readonly #proven: ProvenSecrets
  readonly #turns = new Turns({
    atOnceMax: accountLimits.verificationsAtOnceMax,
    waitingMax: accountLimits.verificationsWaitingMax,
  })
  #decoyHash: Promise<string> | undefined
  #grantsDropped = 0
  #loginsFailed = 0

  constructor(options: AccountsOptions) {
    this.#file = new AccountFile(options.folder)
    this.#clock = options.clock
    this.#hashCost = options.hashCost ?? standardCost
    this.#throttle = new LoginThrottle(options.clock)
    this.#proven = new ProvenSecrets(options.clock)
  }

  close(): void {
    this.#file.close()
  }

  /** Adds an account. @throws Failure `bad-input` or, where the id is taken, `conflict` */
  async create(account: NewAccount): Promise<Account> {
    const { dialect, scope = [] } = account
    const permissions = account.permissions ?? defaultPermissions(dialect, scope)
    checkId(account.id)
    checkSecret(account.secret)
    checkPermissions(dialect, permissions)
    checkScopeOf({ dialect, permissions, scope })
    if (account.userId !== undefined) checkId(account.userId)
    const stored: StoredAccount = {
      dialect: account.dialect,
      id: account.id,
      secretHash: await hashSecret(account.secret, this.#hashCost),
      permissions: [...new Set(permissions)],
      userId: account.userId ?? account.id,
      scope: [...new Set(scope)],
      createdAtUs: this.#clock.nowUs(),
    }
    if (!this.#file.insertAccount(stored)) {
      throw new Failure('conflict', `${account.dialect} has an account ${account.id} already`)
    }
    return withoutSecret(stored)
  }

  /** All accounts, by dialect and id. */
  list(): Account[] {
    return this.#file.accounts().map(withoutSecret)
  }

  /** Removes an account; its sessions and tokens end at once. @throws Failure `not-found` */
  remove(dialect: Dialect, id: string): void {
    if (!this.#file.deleteAccount(dialect, id)) throw noAccount(dialect, id)
  }

  /** Changes what an account may do and see, from the next request on. @throws Failure */
  change(dialect: Dialect, id: string, change: AccountChange): Account {
    const known = this.#file.account(dialect, id)
    if (known === undefined) throw noAccount(dialect, id)
    const changed = { ...withoutSecret(known), ...change }
    checkPermissions(dialect, changed.permissions)
    checkScopeOf(changed)
    checkId(changed.userId)
    const permissions = [...new Set(changed.permissions)]
    const account = { ...changed, permissions, scope: [...new Set(changed.scope)] }
    if (!this.#file.updateRights(account)) throw noAccount(dialect, id)
    return account
  }

  /** Changes a secret; sessions and tokens opened with the old one end. @throws Failure */
  async setSecret(dialect: Dialect, id: string, secret: string): Promise<void> {
    checkSecret(secret)
    const secretHash = await hashSecret(secret, this.#hashCost)
    if (!this.#file.updateSecret(dialect, id, secretHash)) throw noAccount(dialect, id)
  }

  /**
   * Makes an administrator where none is left, and tells its password this once; undefined where
   * there is one. No install of Earshot shares a password with another.
   */
  async firstAdministrator(): Promise<{ id: string; secret: string } | undefined> {
    const own = this.list().filter((account) => account.dialect === 'own')
    if (own.some((account) => account.permissions.includes('admin'))) return undefined
    const taken = new Set(own.map((account) => account.id))
    let id = 'admin'
    for (let n = 2; taken.has(id); n++) id = `admin-${n}`
    // 120 bits, without the characters that shells, URLs or eyes trip over.
    const secret = randomBytes(15).toString('hex')
    await this.create({ dialect: 'own', id, secret, permissions: ['admin'] })
    return { id, secret }
  }

  /**
   * The account that an id and a secret prove. Right ones are remembered for a short while, so that
   * asking with each request is cheap.
   * @throws Failure `unauthorized` for both an unknown id and a wrong secret, after the same work;
   * `busy` with `retryAfterMs` after too many failures or under a flood
   */
  async verify(
    dialect: Dialect,
    id: string,
    secret: string,
    fromAddress: string,
  ): Promise<Account> {
    const source = { account: `${dialect} ${id}`, address: fromAddress }
    this.#throttle.admit(source)
    const known = this.#file.account(dialect, id)
    if (known !== undefined && this.#proven.has(secret, known.secretHash)) {
      return withoutSecret(known)
    }
    return this.#turns.run(async () => {
      // Again, for the tries before ours in the queue may all have failed meanwhile.
      this.#throttle.admit(source)
      const stored = this.#file.account(dialect, id)
      const isRight = await this.#isRight(stored, secret)
      if (stored === undefined || !isRight) {
        this.#loginsFailed++
        this.#throttle.failed(source)
        throw new Failure('unauthorized', 'the id or the secret is wrong')
      }
      this.#throttle.succeeded(source)
      this.#proven.add(secret, stored.secretHash)
      return withoutSecret(stored)
    })
  }

  /** Opens a session or a bearer token for an account that was verified. */
  openGrant(kind: GrantKind, account: Account, lifetimeSeconds: number): Grant {
    const token = randomBytes(32).toString('base64url')
    const createdAtUs = this.#clock.nowUs()
    const expiresAtUs = createdAtUs + lifetimeSeconds * 1_000_000
    const { dialect, id } = account
    const grant = { tokenHash: hashToken(token), kind, dialect, id, createdAtUs, expiresAtUs }
    this.#grantsDropped += this.#file.insertGrant(grant, accountLimits.grantsPerAccountMax)
    return { token, expiresAtUs }
  }

  /** The account that an unexpired token stands for, with the permissions it has now. */
  accountOf(kind: GrantKind, token: string): Account | undefined {
    const stored = this.#file.accountOfGrant(hashToken(token), kind, this.#clock.nowUs())
    return stored === undefined ? undefined : withoutSecret(stored)
  }

  /** Ends a session or a token; nothing happens where it has ended already. */
  closeGrant(token: string): void {
    this.#file.deleteGrant(hashToken(token))
  }

  stats(): Readonly<Record<string, number>> {
    return {
      loginsFailed: this.#loginsFailed,
      loginsThrottled: this.#throttle.stats().turnedAway,
      loginsWaiting: this.#turns.stats().waiting,
      loginsTurnedAway: this.#turns.stats().turnedAway,
      grantsDropped: this.#grantsDropped,
      secretsRemembered: this.#proven.stats().remembered,
      secretsForgotten: this.#proven.stats().dropped,
    }
  }

  // An unknown id costs the same as a wrong secret, so that time does not tell which ids exist.
  async #isRight(stored: StoredAccount | undefined, secret: string): Promise<boolean> {
    const isTooLong = Buffer.byteLength(secret) > accountLimits.secretBytesMax
    this.#decoyHash ??= hashSecret(randomBytes(16).toString('hex'), this.#hashCost)
    const hash = stored?.secretHash ?? (await this.#decoyHash)
    const isSame = await verifySecret(isTooLong ? '' : secret, hash)
    return isSame && !isTooLong
  }
}

function defaultPermissions(dialect: Dialect, scope: Scope): readonly string[] {
  if (dialect !== 'own') return [allPermissions]
  return scope.length === 0 ? ['view', 'import'] : ['view']
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function withoutSecret({ secretHash: _, ...account }: StoredAccount): Account {
  return account
}

function noAccount(dialect: Dialect, id: string): Failure {
  return new Failure('not-found', `${dialect} has no account ${id}`)
}
