// For tests: a server over a real data folder of its own, with captures imported as the product
// imports them, asked without a socket. Nothing here stands in for a part of the house.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { Accounts, type NewAccount } from '../../accounts/accounts.ts'
import { openInventory } from '../../inventory/open-inventory.ts'
import { FileImporter } from '../../line/file-importer.ts'
import { type OfficeParts, RecordingOffice } from '../../recorder/recording-office.ts'
import { StoreFinder } from '../../query/store-finder.ts'
import { CallSounds } from '../../sound/call-sounds.ts'
import { closeStore, type OpenStore, openStore } from '../../store/data-folder.ts'
import { Callbacks } from '../bandwidth/callbacks/callbacks.ts'
import { readVendorRules } from '../vendor/vendor-rules.ts'
import { type ApiParts, type ApiSettings, apiSettingDefaults, type Importer } from './parts.ts'
import { buildServer } from './server.ts'

const root = new URL('../../../', import.meta.url).pathname

/** Where a capture of the tests, or `examples/…`, lies. */
export function capturePath(name: string): string {
  return name.startsWith('examples/') ? join(root, name) : join(root, 'test', 'captures', name)
}

/** Cheap hashes: what they cost is the business of the accounts' own tests. */
const hashCost = { costLog2: 4, blockSize: 8, parallelization: 1 }
const joinSettings = {
  joinHeaders: ['Session-ID', 'X-Call-ID', 'X-CID'],
  joinBy: 'evidence',
  conversationHeaders: [],
} as const

export interface Fixture {
  readonly app: FastifyInstance
  readonly accounts: Accounts
  readonly dataFolder: string
  readonly store: OpenStore
  /** Stands still until a test moves it. */
  readonly clock: { tUs: number; nowUs(): number }
  /** Where recordings are asked for. */
  readonly office: RecordingOffice | undefined
  /** Headers of a request by a new account with these permissions. */
  readonly authorize: (account?: Partial<NewAccount>) => Promise<Record<string, string>>
  /** Stops this server and starts another one over the same folder. */
  readonly restart: () => Promise<FastifyInstance>
}

export interface FixtureOptions {
  readonly captures?: readonly string[]
  readonly settings?: Partial<ApiSettings>
  /** What stands in the inventory file. */
  readonly inventory?: object
  /** Where the data folder is made, instead of where the system has such things. */
  readonly disk?: string
  /** Lets calls be recorded, by these rules and the like. */
  readonly office?: Partial<OfficeParts>
}

export async function startFixture(t: TestContext, options: FixtureOptions = {}): Promise<Fixture> {
  const dataFolder = mkdtempSync(join(options.disk ?? tmpdir(), 'earshot-api-'))
  const clock = { tUs: Date.UTC(2026, 10, 21) * 1000, nowUs: () => clock.tUs }
  const store = openStore(dataFolder, 'write', (legKeys) => office?.recorder.stored(legKeys))
  const finder = new StoreFinder(
    store,
    async (legKeys) => (await office?.recordings.countOfLegs(legKeys)) ?? 0,
  )
  const office = options.office && openOffice({ dataFolder, finder, clock, ...options.office })
  const fileImporter = new FileImporter(store, joinSettings)
  const accounts = new Accounts({ folder: dataFolder, clock, hashCost })
  const inventory = openInventory({
    dataFolder,
    clock,
    path: writeInventory(dataFolder, options.inventory),
    templateFolders: [join(root, 'examples', 'phone-templates')],
    rebootDelaySeconds: 0,
    onError: assert.fail,
  })
  const callSounds = new CallSounds({ dataFolder }, clock)
  const log = pino({ level: 'silent' })
  const settings = { ...apiSettingDefaults, version: '0.0.0', ...options.settings, dataFolder }
  const vendor = readVendorRules(settings)
  const baseUrl = () => 'http://localhost'
  const callbacks = new Callbacks({ finder, accounts, clock, settings, vendor, log, baseUrl })
  const parts: ApiParts = {
    finder,
    accounts,
    callSounds,
    importer: importerOf(fileImporter),
    inventory,
    ...(office && {
      recordings: office.recordings,
      sounds: office.sounds,
      recorder: office.recorder,
    }),
    callbacks,
    clock,
    log,
    counters: () => ({ framesRead: 0 }),
    settings,
  }
  for (const name of options.captures ?? []) await fileImporter.import(capturePath(name), name)
  await office?.finishDue()
  let app = await buildServer(parts)
  t.after(async () => {
    await app.close()
    await callbacks.close()
    await callSounds.close()
    await inventory.close()
    await office?.close()
    await fileImporter.close()
    await closeStore(store)
    accounts.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  let accountsMade = 0
  return {
    app,
    accounts,
    dataFolder,
    store,
    clock,
    office,
    async authorize(wanted = {}) {
      const id = `tester-${accountsMade++}`
      const account = await accounts.create({ dialect: 'own', id, secret: 'secret', ...wanted })
      const { token } = accounts.openGrant('bearer', account, 86_400)
      return { authorization: `Bearer ${token}` }
    },
    async restart() {
      await app.close()
      app = await buildServer(parts)
      return app
    },
  }
}

function openOffice(
  parts: Partial<OfficeParts> & Pick<OfficeParts, 'dataFolder' | 'finder' | 'clock'>,
): RecordingOffice {
  return new RecordingOffice({
    rules: [],
    trunks: new Map(),
    scopeOf: () => undefined,
    settleUs: 0,
    onFault: (error) => assert.ifError(error),
    ...parts,
  })
}

function writeInventory(folder: string, inventory: object | undefined): string | undefined {
  if (inventory === undefined) return undefined
  const path = join(folder, 'inventory.json')
  writeFileSync(path, JSON.stringify(inventory))
  return path
}

function importerOf(fileImporter: FileImporter): Importer {
  return {
    async importFile(path, name) {
      const report = await fileImporter.import(path, name)
      const counts = Object.values(report.problems)
      const failed = { name, isNoCapture: !report.isCapture, reason: report.reason }
      return {
        files: report.isCapture ? 1 : 0,
        frames: report.frames,
        messages: report.messages,
        messagesAdded: report.messagesAdded,
        legs: report.legsAdded,
        legsAdded: report.legsAdded,
        calls: report.legsAdded,
        streams: 0,
        problems: counts.reduce((sum, count) => sum + count, 0),
        problemCounts: report.problems,
        bytes: report.fileBytes,
        seconds: 0,
        failed: report.isComplete ? [] : [failed],
      }
    },
  }
}
