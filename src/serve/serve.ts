// earshot serve: the pages and the APIs over a data folder, and the thread that writes it.
import { existsSync, readdirSync } from 'node:fs'
import type { Server } from 'node:http'
import { basename, join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { type Logger, pino } from 'pino'
import { Accounts } from '../accounts/accounts.ts'
import { buildServer } from '../api/http/server.ts'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { EXIT_FAILED, readArguments } from '../cli/command.ts'
import type { SettingGroup } from '../config/setting.ts'
import { type Settings, unknownVariables } from '../config/settings.ts'
import { type DroppedDays, WriterThread } from '../line/writer-thread.ts'
import { StoreFinder } from '../query/store-finder.ts'
import { CallSounds } from '../sound/call-sounds.ts'
import { checkKeyLog } from '../source/key-log-file.ts'
import { closeStore, lockForWriting, type OpenStore, openStore } from '../store/data-folder.ts'
import { checkRules, openOffice, recordingParts } from './serve-recordings.ts'
import { openSettingsInventory } from './serve-inventory.ts'
import { openFollowing } from './follow.ts'
import { openCallbacks } from './serve-callbacks.ts'
import { HepWebSockets } from './hep-websocket.ts'
import { liveOrders } from './live-orders.ts'
import packageJson from '../../package.json' with { type: 'json' }

const ROOT = join(import.meta.dirname, '..', '..')

/**
 * Serves until it is told to stop; gives the exit code.
 * @throws Failure for arguments that are not understood, files that are not there, a store that
 * cannot be written, a port that is taken
 */
export async function runServer(
  argv: readonly string[],
  groups: readonly SettingGroup[],
): Promise<number> {
  const { settings, positionals } = readArguments(argv, {}, groups)
  for (const file of positionals) {
    if (!existsSync(file)) throw new Failure('not-found', `${file}: no such file`)
  }
  checkKeyLog(settings.keyLogFile)
  checkRules(settings)
  return serve(settings, positionals)
}

type App = Awaited<ReturnType<typeof buildServer>>

async function serve(settings: Settings, files: readonly string[]): Promise<number> {
  const { dataFolder } = settings
  const log = openLog(settings)
  const lock = lockForWriting(dataFolder)
  const isNew = isNewFolder(dataFolder)
  const stopping = Promise.withResolvers<number>()
  const writer = new WriterThread(dataFolder, settings, (failure) => {
    log.error({ err: failure }, 'the store can no longer be written')
    stopping.resolve(EXIT_FAILED)
  })
  await bringUpToDate(writer, log)
  const inventory = openSettingsInventory(settings, log)
  const accounts = await openAccounts(dataFolder)
  const store = openStore(dataFolder, 'read')
  const following = openFollowing(settings, (path, name) => writer.importFile(path, name), log)
  const finder = new StoreFinder(store, (legKeys) => office.recordings.countOfLegs(legKeys))
  const callSounds = openSounds(settings, { store, writer, log })
  const office = openOffice(settings, { finder, accounts, log, writer })
  const callbacks = openCallbacks(settings, {
    recordings: office.recordings,
    finder,
    accounts,
    settings: apiSettings(settings),
    log,
    baseUrl: () => settings.publicUrl ?? addressOf(settings, app.server.address()),
  })
  writer.onStored((legKeys) => callbacks.stored(legKeys))
  const app = await buildServer({
    finder,
    accounts,
    importer: writer,
    ...recordingParts(office),
    callSounds,
    callbacks,
    inventory,
    liveState: () => writer.liveState,
    clock: systemClock,
    settings: apiSettings(settings),
    log,
    counters: () => ({
      ...writer.counters(),
      ...following?.counters(),
      ...callbacks.stats(),
      ...office.stats(),
      ...callSounds.counters(),
    }),
  })
  await office.start()
  const webSockets = await startLive(writer, settings, log, app.server)
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.resolve(0))
  await importFirst(writer, [...(settings.examples && isNew ? exampleFiles() : []), ...files])
  // What was begun is ended in order, those who ask first, also where nobody can be answered.
  const refusal = await listen(app, settings)
  if (refusal === undefined) {
    process.stdout.write(`ready ${addressOf(settings, app.server.address())}\n`)
    following?.begin()
    void callbacks.start()
  } else stopping.resolve(EXIT_FAILED)
  const exitCode = await stopping.promise
  webSockets?.close()
  await following?.stop()
  for (const part of [app, callbacks, callSounds, inventory, writer]) await part.close()
  reportDrops(writer, log)
  await office.close()
  await closeStore(store)
  accounts.close()
  lock.release()
  if (refusal !== undefined) throw refusal
  return exitCode
}

function openLog({ logLevel }: Settings): Logger {
  const log = pino({ level: logLevel }, pino.destination({ fd: 2, sync: true }))
  const variables = unknownVariables(process.env)
  if (variables.length > 0) log.warn({ variables }, 'no settings are called so')
  return log
}

/** Begins to take requests; a failure in words where the address cannot be had. */
async function listen(app: App, settings: Settings): Promise<Failure | undefined> {
  const { host, port } = settings
  try {
    await app.listen({ host, port })
    return undefined
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const reason = cause instanceof Error ? cause.message : String(cause)
    const words =
      code === 'EADDRINUSE'
        ? `port ${port} of ${host} is taken by another program: end that, or choose another --port`
        : `cannot listen on port ${port} of ${host}: ${reason}`
    return new Failure('unavailable', words, { cause })
  }
}

/** Begins to take in live traffic; places that cannot be opened are named, and the rest goes on. */
async function startLive(
  writer: WriterThread,
  settings: Settings,
  log: Logger,
  server: Server,
): Promise<HepWebSockets | undefined> {
  const { port1, port2 } = new MessageChannel()
  const webSockets = new HepWebSockets(port1)
  const sources = liveOrders(settings, port2)
  if (!sources.some(({ kind }) => kind === 'hep')) webSockets.close()
  if (sources.length === 0) return undefined
  writer.onLoss((reason) => {
    if (reason === undefined) log.info('live traffic is stored again')
    else log.error({ reason }, 'live traffic cannot be stored and is lost')
  })
  const { intakes } = await writer.startLive(sources)
  for (const { source, transport, place, isOpen, reason } of intakes) {
    if (isOpen) log.info({ source, transport, place }, 'takes in live traffic')
    else log.error({ source, transport, place, reason }, 'cannot take in live traffic here')
  }
  if (!sources.some(({ kind }) => kind === 'hep')) return undefined
  webSockets.attach(server)
  return webSockets
}

function reportDropped({ days, reason }: DroppedDays, log: Logger): void {
  if (days.length > 0) log.info({ days }, 'days are kept no longer')
  if (reason !== undefined) log.error({ reason }, 'a day that is kept no longer cannot be removed')
}

/**
 * Sound of calls for who listens. With a day that is dropped goes what was made of its calls, and
 * what reads it is closed: it would keep the room.
 */
function openSounds(
  { dataFolder, keyLogFile }: Settings,
  { store, writer, log }: { store: OpenStore; writer: WriterThread; log: Logger },
): CallSounds {
  const callSounds = new CallSounds({ dataFolder, keyLogFile }, systemClock)
  const letGo = async (): Promise<void> => {
    try {
      await callSounds.keepOnly(await store.index.days())
    } catch (err) {
      log.error({ err }, 'the sound of calls that are kept no longer cannot be removed')
    }
  }
  void letGo()
  writer.onDropped(() => void letGo())
  return callSounds
}

/** dumpcap tells what the kernel dropped when it ends, and not before. */
function reportDrops(writer: WriterThread, log: Logger): void {
  for (const { source, packetsDroppedByKernel } of writer.liveState?.intakes ?? []) {
    if (packetsDroppedByKernel === null || packetsDroppedByKernel === 0) continue
    log.warn({ source, packetsDroppedByKernel }, 'the kernel dropped packets')
  }
}

/** Blocks alone are a backup that was brought back: its index is made from them. */
function isNewFolder(dataFolder: string): boolean {
  return ['blocks', 'index'].every((part) => !existsSync(join(dataFolder, part)))
}

/**
 * Waits until the index has everything that the blocks hold; tells what is kept no longer. Goes
 * before all else that writes: on a full disk it makes the room.
 */
async function bringUpToDate(writer: WriterThread, log: Logger): Promise<void> {
  writer.onDropped((dropped) => reportDropped(dropped, log))
  const recovery = await writer.ready()
  if (recovery.blocksRead > 0) log.info({ ...recovery }, 'index brought up to date')
}

/** The first start makes an administrator; nobody can learn the password later. */
async function openAccounts(dataFolder: string): Promise<Accounts> {
  const accounts = new Accounts({ folder: dataFolder, clock: systemClock })
  const made = await accounts.firstAdministrator()
  if (made !== undefined) {
    process.stderr.write(`administrator: ${made.id}, password: ${made.secret}\n`)
  }
  return accounts
}

/** Imports before the first request is taken; a file that cannot be read is named and skipped. */
async function importFirst(writer: WriterThread, files: readonly string[]): Promise<void> {
  for (const path of files) {
    const name = basename(path)
    try {
      const { messages, calls, failed } = await writer.importFile(path, name)
      const called = calls === 1 ? '1 call' : `${calls} calls`
      process.stderr.write(`imported ${name}: ${messages} messages, ${called}\n`)
      for (const { reason } of failed) process.stderr.write(`earshot: ${name}: ${reason}\n`)
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'bad-input') throw error
      process.stderr.write(`earshot: ${error.message}\n`)
    }
  }
}

function exampleFiles(): string[] {
  const folder = join(ROOT, 'examples')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}

function apiSettings(settings: Settings) {
  const uiFolder = join(ROOT, 'ui', 'dist')
  const { publicUrl, countryCode, ratesFile, tlsCert, tlsKey } = settings
  return {
    dataFolder: settings.dataFolder,
    version: packageJson.version,
    trustedProxies: settings.trustedProxies,
    sessionSeconds: settings.sessionSeconds,
    tokenSeconds: settings.tokenSeconds,
    signedUrlSeconds: settings.signedUrlSeconds,
    downloadKeepSeconds: settings.downloadKeepSeconds,
    ownRequestsPerMinute: settings.ownRequestsPerMinute,
    genesysCloudRequestsPerMinute: settings.genesysCloudRequestsPerMinute,
    genesysCloudWindowSecondsMax: settings.genesysCloudWindowSecondsMax,
    isMetricsOpen: settings.isMetricsOpen,
    trunks: settings.trunks,
    phonehomeNetworks: settings.phonehomeNetworks,
    carrierTrunks: settings.carrierTrunks,
    internalTrunks: settings.internalTrunks,
    signalwireRequestsPerMinute: settings.signalwireRequestsPerMinute,
    bandwidthRequestsPerMinute: settings.bandwidthRequestsPerMinute,
    gwsRequestsPerMinute: settings.gwsRequestsPerMinute,
    gwsRegion: settings.gwsRegion,
    callbackNetworks: settings.callbackNetworks,
    callbackAgeSecondsMax: settings.callbackAgeSecondsMax,
    ...(countryCode === undefined ? {} : { countryCode }),
    ...(ratesFile === undefined ? {} : { ratesFile }),
    ...(tlsCert === undefined ? {} : { tlsCert }),
    ...(tlsKey === undefined ? {} : { tlsKey }),
    ...(existsSync(uiFolder) ? { uiFolder } : {}),
    ...(publicUrl === undefined ? {} : { publicUrl }),
  }
}

function addressOf(settings: Settings, address: unknown): string {
  const port =
    typeof address === 'object' && address !== null && 'port' in address
      ? Number(address.port)
      : settings.port
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return `${settings.tlsCert === undefined ? 'http' : 'https'}://${host}:${port}`
}
