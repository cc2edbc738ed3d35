// The rules by which calls are recorded: the text of their file in, checked rules out, and which of
// them wants a call. The first rule that matches decides. docs/operate/recordings.md shows them.
import { readFileSync, statSync } from 'node:fs'
import { checkScope, type Scope } from '../accounts/scope.ts'
import { Failure } from '../base/failure.ts'
import { hashText53 } from '../base/hash.ts'
import type { SoundFormat } from '../store/recordings/recording.ts'
import { recorderLimits } from './limits.ts'

/** What says that those recorded agreed. */
export interface ConsentSigns {
  /** A header of any message of the call, with this value. */
  readonly header: HeaderValue | null
  /** Keys that somebody pressed, one after the other. */
  readonly dtmf: string | null
}

export interface HeaderValue {
  readonly name: string
  readonly value: string
}

/** Keys that stop the recording for a while, and those that let it go on. */
export interface PauseKeys {
  readonly pause: string
  readonly resume: string
}

export interface RecordingRule {
  readonly name: string
  /** Which calls, in the words of an account's scope: any of them; empty: every call. */
  readonly calls: Scope
  /** Calls that this account sees, `dialect/id`. */
  readonly account: string | null
  /** A header of the call's first INVITE. */
  readonly header: HeaderValue | null
  /** Share of the calls that match, 0 to 1. */
  readonly share: number
  /** Only what somebody asks for; the rule then says how it is kept. */
  readonly isOnDemand: boolean
  /** Recording sessions of other recorders that were captured. */
  readonly isSiprec: boolean
  readonly format: SoundFormat
  readonly channels: 1 | 2
  /** Null: kept until somebody deletes it. */
  readonly retentionDays: number | null
  /** Null: nobody is asked. */
  readonly consent: ConsentSigns | null
  readonly pause: PauseKeys | null
  readonly isTranscribed: boolean
}

/** Kept until somebody deletes it, as WAV with a channel for each side. */
export const plainRule: RecordingRule = {
  name: '',
  calls: [],
  account: null,
  header: null,
  share: 1,
  isOnDemand: true,
  isSiprec: false,
  format: 'wav',
  channels: 2,
  retentionDays: null,
  consent: null,
  pause: null,
  isTranscribed: false,
}

/**
 * Reads a file of rules. @throws Failure `bad-input` or `not-found` naming the file and the field
 */
export function readRulesFile(path: string): readonly RecordingRule[] {
  let text: string
  try {
    const { size } = statSync(path)
    if (size > recorderLimits.rulesFileBytesMax) throw new Error(`${size} bytes are too many`)
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('not-found', `recording rules ${path}: ${reason}`, { cause: error })
  }
  try {
    return parseRules(text)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure('bad-input', `recording rules ${path}: ${error.message}`, { cause: error })
  }
}

/** Parses `{"rules": [...]}`. @throws Failure `bad-input` naming what is wrong */
export function parseRules(text: string): readonly RecordingRule[] {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new Failure('bad-input', `no JSON: ${error instanceof Error ? error.message : ''}`)
  }
  const fields = new Fields(document, 'the file')
  const list = fields.take('rules')
  fields.end()
  if (!Array.isArray(list)) throw wrong('rules', 'a list')
  if (list.length > recorderLimits.rulesMax) {
    throw wrong('rules', `at most ${recorderLimits.rulesMax}`)
  }
  const rules = list.map((one: unknown, i) => readRule(one, `rules[${i}]`))
  const names = new Set<string>()
  for (const { name } of rules) {
    if (names.has(name)) throw new Failure('bad-input', `two rules have the name ${name}`)
    names.add(name)
  }
  return rules
}

/** Whether a share of the calls holds this one: always the same answer for the same call. */
export function isInShare(rule: Pick<RecordingRule, 'name' | 'share'>, key: string): boolean {
  return (hashText53(`${rule.name} ${key}`) % 1_000_000) / 1_000_000 < rule.share
}

function readRule(value: unknown, at: string): RecordingRule {
  const fields = new Fields(value, at)
  const name = fields.text('name', /^[\w .-]{1,64}$/, 'a name of letters and digits')
  if (name === undefined) throw wrong(`${at}.name`, 'a name')
  const calls = fields.texts('calls')
  try {
    checkScope(calls)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure('bad-input', `${at}.calls: ${error.message}`, { cause: error })
  }
  const rule: RecordingRule = {
    name,
    calls,
    account: fields.text('account', /^[\w-]+\/.+$/, 'dialect/id') ?? null,
    header: readHeader(fields.take('header'), `${at}.header`),
    share: fields.number('share', 0, 1) ?? 1,
    isOnDemand: fields.flag('onDemand'),
    isSiprec: fields.flag('siprec'),
    format: fields.word('format', ['wav', 'mp3']) ?? 'wav',
    channels: fields.word('channels', ['stereo', 'mono']) === 'mono' ? 1 : 2,
    retentionDays: fields.number('retentionDays', 0, 36_500) ?? null,
    consent: readConsent(fields.take('consent'), `${at}.consent`),
    pause: readPause(fields.take('pause'), `${at}.pause`),
    isTranscribed: fields.flag('transcribe'),
  }
  fields.end()
  return rule
}

const KEYS = /^[\d*#A-D]{1,16}$/

function readPause(value: unknown, at: string): PauseKeys | null {
  if (value === undefined) return null
  const fields = new Fields(value, at)
  const pause = fields.text('pause', KEYS, 'keys of a telephone')
  const resume = fields.text('resume', KEYS, 'keys of a telephone')
  fields.end()
  if (pause === undefined || resume === undefined) throw wrong(at, 'both pause and resume')
  return { pause, resume }
}

function readConsent(value: unknown, at: string): ConsentSigns | null {
  if (value === undefined || value === false) return null
  if (value === true) return { header: null, dtmf: null }
  const fields = new Fields(value, at)
  const signs = {
    header: readHeader(fields.take('header'), `${at}.header`),
    dtmf: fields.text('dtmf', KEYS, 'keys of a telephone') ?? null,
  }
  fields.end()
  return signs
}

function readHeader(value: unknown, at: string): HeaderValue | null {
  if (value === undefined) return null
  const fields = new Fields(value, at)
  const name = fields.text('name', /^[\w.!%*+`'~-]{1,64}$/, 'the name of a header')
  const wanted = fields.text('value', /^.{1,256}$/, 'a value')
  fields.end()
  if (name === undefined || wanted === undefined) throw wrong(at, 'a name and a value')
  return { name, value: wanted }
}

/** The fields of one object, each taken once; what is left over at the end is a mistake. */
class Fields {
  readonly #at: string
  readonly #left: Map<string, unknown>

  constructor(value: unknown, at: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw wrong(at, 'an object')
    }
    this.#at = at
    this.#left = new Map(Object.entries(value))
  }

  take(name: string): unknown {
    const value = this.#left.get(name)
    this.#left.delete(name)
    return value ?? undefined
  }

  text(name: string, pattern: RegExp, allowed: string): string | undefined {
    const value = this.take(name)
    if (value === undefined) return undefined
    if (typeof value === 'string' && pattern.test(value)) return value
    throw wrong(`${this.#at}.${name}`, allowed)
  }

  texts(name: string): string[] {
    const value = this.take(name) ?? []
    const all: unknown[] = Array.isArray(value) ? value : [value]
    const texts = all.filter((one) => typeof one === 'string')
    if (texts.length !== all.length) throw wrong(`${this.#at}.${name}`, 'texts')
    return texts
  }

  number(name: string, min: number, max: number): number | undefined {
    const value = this.take(name)
    if (value === undefined) return undefined
    if (typeof value === 'number' && value >= min && value <= max) return value
    throw wrong(`${this.#at}.${name}`, `a number from ${min} to ${max}`)
  }

  flag(name: string): boolean {
    const value = this.take(name) ?? false
    if (typeof value === 'boolean') return value
    throw wrong(`${this.#at}.${name}`, 'true or false')
  }

  word<const Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.take(name)
    if (value === undefined) return undefined
    const word = words.find((one) => one === value)
    if (word === undefined) throw wrong(`${this.#at}.${name}`, `one of ${words.join(', ')}`)
    return word
  }

  end(): void {
    const [unknown] = this.#left.keys()
    if (unknown !== undefined) {
      throw new Failure('bad-input', `${this.#at}: ${JSON.stringify(unknown)} is not known`)
    }
  }
}

function wrong(at: string, allowed: string): Failure {
  return new Failure('bad-input', `${at}: expected ${allowed}`)
}
