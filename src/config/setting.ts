// What a setting is, and the kinds that there are. In: the text that somebody wrote. Out: a typed
// value, or nothing where the text is not allowed. Reads no file and no environment itself.

/** One setting: what it is called, what it means, what may be written. */
export interface Setting<Value> {
  /** On the command line `--flag`, in the environment `EARSHOT_FLAG`. */
  readonly flag: string
  /** Which page of the documentation and which part of the help it stands in. */
  readonly group: SettingGroup
  readonly unit: string
  /** What stands for the value in help. */
  readonly placeholder: string
  readonly fallback: Value
  /** One sentence for an operator, without a full stop. */
  readonly help: string
  /** What may be written, in words that follow "expected". */
  readonly allowed: string
  /** True where the flag alone means yes. */
  readonly isSwitch: boolean
  /** The value of a text, undefined where it is not allowed. */
  read(text: string): Value | undefined
  /** The fallback as somebody would write it; empty for none. */
  readonly fallbackText: string
}

export type SettingGroup =
  | 'storage'
  | 'network'
  | 'capture'
  | 'calls'
  | 'recordings'
  | 'api'
  | 'log'

/** What every kind of setting is told. */
interface Words {
  readonly flag: string
  readonly group: SettingGroup
  readonly help: string
}

/** One item of a list of addresses and networks; whether it is one, whoever asks it finds out. */
export const ADDRESS_OR_NETWORK = {
  unit: 'address or network',
  units: 'addresses or networks',
  pattern: /^[\da-fA-F.:]{2,45}(?:\/\d{1,3})?$/,
}

/** A whole number between two bounds, both allowed. */
export function wholeNumber(
  words: Words,
  bounds: { readonly unit: string; readonly min: number; readonly max: number },
  fallback: number,
): Setting<number> {
  const { unit, min, max } = bounds
  return {
    ...words,
    unit,
    placeholder: placeholderOf(unit),
    fallback,
    fallbackText: String(fallback),
    allowed: `a whole number from ${min} to ${max}`,
    isSwitch: false,
    read: (text) => {
      if (!/^\d{1,15}$/.test(text)) return undefined
      const value = Number(text)
      return value >= min && value <= max ? value : undefined
    },
  }
}

/** Any text but an empty one. */
export function text(words: Words, unit: string, fallback: string): Setting<string> {
  return {
    ...words,
    unit,
    placeholder: placeholderOf(unit),
    fallback,
    fallbackText: fallback,
    allowed: withArticle(unit),
    isSwitch: false,
    read: (written) => (written === '' ? undefined : written),
  }
}

/** A text of some form, or none. */
export function optionalText(
  words: Words,
  form: { readonly unit: string; readonly pattern: RegExp },
): Setting<string | undefined> {
  return {
    ...words,
    unit: form.unit,
    placeholder: placeholderOf(form.unit),
    fallback: undefined,
    fallbackText: '',
    allowed: withArticle(form.unit),
    isSwitch: false,
    read: (written) => (form.pattern.test(written) ? written : undefined),
  }
}

/** One of a few words. */
export function choice<const Word extends string>(
  words: Words,
  options: readonly Word[],
  fallback: Word,
): Setting<Word> {
  return {
    ...words,
    unit: 'word',
    placeholder: 'WORD',
    fallback,
    fallbackText: fallback,
    allowed: `one of ${options.join(', ')}`,
    isSwitch: false,
    read: (written) => options.find((option) => option === written),
  }
}

/** Yes or no; the flag alone means yes. */
export function yesOrNo(words: Words): Setting<boolean> {
  const values = new Map([
    ['', true],
    ['1', true],
    ['true', true],
    ['yes', true],
    ['0', false],
    ['false', false],
    ['no', false],
  ])
  return {
    ...words,
    unit: 'yes or no',
    placeholder: 'yes|no',
    fallback: false,
    fallbackText: 'no',
    allowed: 'yes or no',
    isSwitch: true,
    read: (written) => values.get(written.toLowerCase()),
  }
}

/** Items between commas, each of which matches; none at all is allowed. */
export function list(
  words: Words,
  item: {
    /** One of them. */
    readonly unit: string
    /** Several of them. */
    readonly units: string
    readonly pattern: RegExp
    readonly itemsMax: number
  },
  fallback: readonly string[],
): Setting<readonly string[]> {
  return {
    ...words,
    unit: item.units,
    placeholder: `${placeholderOf(item.unit)},…`,
    fallback,
    fallbackText: fallback.join(','),
    allowed: `at most ${item.itemsMax} ${item.units} with commas between them`,
    isSwitch: false,
    read: (written) => {
      const items = written.split(',').map((one) => one.trim())
      const wanted = [...new Set(items.filter((one) => one !== ''))]
      const isAllowed =
        wanted.length <= item.itemsMax && wanted.every((one) => item.pattern.test(one))
      return isAllowed ? wanted : undefined
    },
  }
}

/** An http or https address without path, query and credentials; none where nothing is written. */
export function webAddress(words: Words): Setting<string | undefined> {
  return {
    ...words,
    unit: 'web address',
    placeholder: 'URL',
    fallback: undefined,
    fallbackText: '',
    allowed: 'an address as https://earshot.example',
    isSwitch: false,
    read: (written) => {
      if (!URL.canParse(written)) return undefined
      const url = new URL(written)
      const isPlain = `${url.pathname}${url.search}${url.hash}${url.username}` === '/'
      return /^https?:$/.test(url.protocol) && isPlain ? url.origin : undefined
    },
  }
}

/** Two ports with everything between them, both included: `20000-29999`. */
export function portRange(
  words: Words,
  fallback: { readonly first: number; readonly last: number },
): Setting<{ readonly first: number; readonly last: number }> {
  return {
    ...words,
    unit: 'ports',
    placeholder: 'FIRST-LAST',
    fallback,
    fallbackText: `${fallback.first}-${fallback.last}`,
    allowed: 'two ports from 1 to 65535 with a dash between them, the lower one first',
    isSwitch: false,
    read: (written) => {
      const match = /^(\d{1,5})-(\d{1,5})$/.exec(written)
      if (match === null) return undefined
      const [first, last] = [Number(match[1]), Number(match[2])]
      return first >= 1 && first < last && last <= 65_535 ? { first, last } : undefined
    },
  }
}

function placeholderOf(unit: string): string {
  return unit === 'folder' ? 'DIR' : unit.toUpperCase().replaceAll(' ', '-')
}

function withArticle(unit: string): string {
  return /^[aeiou]/.test(unit) ? `an ${unit}` : `a ${unit}`
}
