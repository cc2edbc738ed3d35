// Templates of phone configurations, one JSON file a model: first those of the operator's folder,
// then the examples that come with Earshot. It finds and reads; template.ts fills them in.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../base/failure.ts'
import type { Phone, Site } from './device.ts'
import { formatHardwareId } from './hardware-id.ts'
import { inventoryLimits } from './limits.ts'
import { type Rendered, renderTemplate } from './template.ts'

/** What stands in for the model of a phone that none is known of. */
const ANY_MODEL = 'default'

export class PhoneTemplates {
  readonly #folders: readonly string[]

  /** The first folder that has a template wins. */
  constructor(folders: readonly string[]) {
    this.#folders = folders
  }

  /**
   * The configuration of a phone; undefined where no template fits its model.
   * @throws Failure `internal` for a template that is no JSON
   */
  render(phone: Phone, site: Site | undefined): Rendered | undefined {
    const path = this.#pathFor(phone.model)
    if (path === undefined) return undefined
    const { hardwareId, primary, secondary, values } = phone
    return renderTemplate(readTemplate(path), {
      phone: { ...phone, mac: hardwareId, macWithColons: formatHardwareId(hardwareId ?? '') },
      user: userOf(phone),
      site: site ?? {},
      primary,
      secondary,
      values,
    })
  }

  /** The model's own template, or one for the longest beginning of its name, or that for any. */
  #pathFor(model: string | null): string | undefined {
    const words = slugOf(model ?? '')
      .split('-')
      .filter(Boolean)
    for (let count = words.length; count >= 0; count--) {
      const name = count === 0 ? ANY_MODEL : words.slice(0, count).join('-')
      for (const folder of this.#folders) {
        const path = join(folder, `${name}.json`)
        if (existsSync(path)) return path
      }
    }
    return undefined
  }
}

/** `Yealink SIP-T46U` is yealink-sip-t46u: nothing in it can lead out of the folder. */
export function slugOf(model: string): string {
  return model
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 100)
}

function userOf({ aor }: Phone): string {
  return /^sips?:([^@;]+)@/i.exec(aor ?? '')?.[1] ?? ''
}

function readTemplate(path: string): unknown {
  if (statSync(path).size > inventoryLimits.templateBytesMax) {
    throw new Failure('internal', `${path}: more than ${inventoryLimits.templateBytesMax} bytes`)
  }
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Failure('internal', `${path}: no JSON`, { cause: error })
  }
}
