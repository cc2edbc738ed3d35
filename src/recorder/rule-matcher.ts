// Calls in, the first rule that wants them out. Asks the index which legs obey a rule's words, and
// the stored messages for headers; remembers nothing.
import { legRulesOf, type Scope } from '../accounts/scope.ts'
import type { Trunks } from '../accounts/trunk.ts'
import type { Call, Leg } from '../calls/leg.ts'
import type { Finder } from '../query/finder.ts'
import { SipMessage } from '../sip/message.ts'
import { isRecordingInvite } from '../siprec/refusals.ts'
import { type HeaderValue, isInShare, plainRule, type RecordingRule } from './recording-rules.ts'

export interface RuleParts {
  readonly finder: Finder
  readonly rules: readonly RecordingRule[]
  readonly trunks: Trunks
  /** What an account, `dialect/id`, sees; undefined where there is none. */
  readonly scopeOf: (account: string) => Scope | undefined
}

export class RuleMatcher {
  readonly #parts: RuleParts

  constructor(parts: RuleParts) {
    this.#parts = parts
  }

  get count(): number {
    return this.#parts.rules.length
  }

  byName(name: string | null): RecordingRule | undefined {
    return this.#parts.rules.find((rule) => rule.name === name)
  }

  /** The first rule that wants a call recorded without being asked. */
  async find(call: Call): Promise<RecordingRule | undefined> {
    for (const rule of this.#parts.rules) {
      if (rule.isOnDemand || rule.isSiprec) continue
      if ((await this.#matches(rule, call)) && isInShare(rule, call.callKey)) return rule
    }
    return undefined
  }

  /** The rule by which a call is kept that somebody asked for. */
  async onDemand(call: Call): Promise<RecordingRule> {
    for (const rule of this.#parts.rules) {
      if (!rule.isSiprec && (await this.#matches(rule, call))) return rule
    }
    return plainRule
  }

  /** The rule by which recording sessions are kept. */
  ofSession(_leg: Leg): RecordingRule {
    return this.#parts.rules.find(({ isSiprec }) => isSiprec) ?? plainRule
  }

  /** Whether a leg is a session between others that a rule wants. */
  async isForeignSession(leg: Leg): Promise<boolean> {
    if (!this.#parts.rules.some(({ isSiprec }) => isSiprec)) return false
    const invite = await this.#firstInvite(leg)
    return invite !== undefined && isRecordingInvite(invite)
  }

  async #matches(rule: RecordingRule, call: Call): Promise<boolean> {
    const legKeys = call.legs.map(({ legKey }) => legKey)
    if (!(await this.#obeys(rule.calls, legKeys))) return false
    if (rule.account !== null) {
      const scope = this.#parts.scopeOf(rule.account)
      if (scope === undefined || !(await this.#obeys(scope, legKeys))) return false
    }
    return rule.header === null || this.#hasHeader(call, rule.header)
  }

  async #obeys(scope: Scope, legKeys: readonly string[]): Promise<boolean> {
    const rules = legRulesOf(scope, this.#parts.trunks)
    if (rules === undefined) return true
    return (await this.#parts.finder.legsObeying(legKeys, rules)).size > 0
  }

  async #hasHeader(call: Call, { name, value }: HeaderValue): Promise<boolean> {
    for (const leg of call.legs) {
      const values = (await this.#firstInvite(leg))?.headers(name) ?? []
      if (values.some((one) => one.trim().toLowerCase() === value.toLowerCase())) return true
    }
    return false
  }

  async #firstInvite(leg: Leg): Promise<SipMessage | undefined> {
    const message = new SipMessage()
    for await (const { bytes, method, status } of this.#parts.finder.messagesWithBytes([leg])) {
      if (method !== 'INVITE' || status !== null) continue
      return message.read(bytes, 0, bytes.length) ? message : undefined
    }
    return undefined
  }
}
