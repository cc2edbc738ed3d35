// A phone's configuration: a template (JSON, one file a model) and values in, JSON out. Templates
// are parsed before anything is filled in, so no value can change their shape.
//
//   "{{name}}"             the value itself, number or text, where nothing else stands in the text
//   "x {{name}} y"         the value as text; control characters taken out
//   "{{name:xml}}"         the same with & < > " ' escaped for XML
//   "{{name|else}}"        `else` where there is no such value
//   {"$each": "name", "$give": …}   one item for each of a list; its fields are `item.…`
import { inventoryLimits } from './limits.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** What a template may name, by path: `phone.name`, `primary`, `values.vlan`. */
export type TemplateValues = Readonly<Record<string, unknown>>

const PLACE = /\{\{ *([\w.-]{1,200}) *(?:: *(xml) *)?(?:\|([^{}]{0,1000}))?\}\}/g

/** What rendering came to. */
export interface Rendered {
  readonly value: Json
  /** Names that nothing was known of, each once; they became empty texts. */
  readonly missing: readonly string[]
  /** More was to be filled in than a template may. */
  readonly isCut: boolean
}

/** Fills a template in. */
export function renderTemplate(template: unknown, values: TemplateValues): Rendered {
  const renderer = new Renderer()
  const value = renderer.render(template, values)
  return { value, missing: [...renderer.missing], isCut: renderer.isCut }
}

class Renderer {
  readonly missing = new Set<string>()
  #filled = 0

  get isCut(): boolean {
    return this.#filled > inventoryLimits.renderedValuesMax
  }

  render(template: unknown, values: TemplateValues): Json {
    if (typeof template === 'string') return this.#text(template, values)
    if (Array.isArray(template)) {
      return template.map((item: unknown) => this.render(item, values))
    }
    if (typeof template !== 'object' || template === null) return plain(template)
    const fields = Object.entries(template)
    const each = fields.find(([name]) => name === '$each')?.[1]
    const give: unknown = fields.find(([name]) => name === '$give')?.[1]
    if (typeof each === 'string' && give !== undefined) return this.#list(each, give, values)
    return Object.fromEntries(fields.map(([name, item]) => [name, this.render(item, values)]))
  }

  #list(name: string, give: unknown, values: TemplateValues): Json {
    const items = lookUp(values, name)
    if (!Array.isArray(items)) return []
    const rendered: Json[] = []
    for (const item of items as readonly unknown[]) {
      this.#filled++
      if (this.isCut) break
      rendered.push(this.render(give, { ...values, item }))
    }
    return rendered
  }

  #text(text: string, values: TemplateValues): Json {
    const [whole] = [...text.matchAll(PLACE)]
    if (whole?.[0] === text && whole[2] === undefined) {
      const value = this.#value(whole[1] ?? '', whole[3], values)
      return typeof value === 'string' ? withoutControls(value) : value
    }
    return text.replace(PLACE, (_, name: string, form?: string, fallback?: string) => {
      const value = withoutControls(String(this.#value(name, fallback, values)))
      return form === 'xml' ? escapeXml(value) : value
    })
  }

  #value(name: string, fallback: string | undefined, values: TemplateValues) {
    this.#filled++
    const value = this.isCut ? undefined : lookUp(values, name)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return value
    }
    if (fallback === undefined) this.missing.add(name)
    return fallback ?? ''
  }
}

/** Only what was put there: `constructor` and the like are no values. */
function lookUp(values: TemplateValues, path: string): unknown {
  let at: unknown = values
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = (at as Record<string, unknown>)[name]
  }
  return at
}

function plain(value: unknown): Json {
  return typeof value === 'number' || typeof value === 'boolean' ? value : null
}

/** A line break in a value would begin a line of its own in a phone's file. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
