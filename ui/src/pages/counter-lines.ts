// Counters as the server names them, nested or not, as lines to show: `hep.packetsLost` in,
// `Hep packets lost` out.

/** A counter with its name in words. */
export interface CounterLine {
  readonly name: string
  readonly value: number
}

const DEPTH_MAX = 4

/** Every number inside, in the order in which it stands. */
export function counterLines(counters: Readonly<Record<string, unknown>>): CounterLine[] {
  const lines: CounterLine[] = []
  const walk = (value: unknown, path: readonly string[]) => {
    if (typeof value === 'number') lines.push({ name: sentence(path), value })
    else if (typeof value === 'object' && value !== null && path.length < DEPTH_MAX) {
      for (const [name, inner] of Object.entries(value)) walk(inner, [...path, name])
    }
  }
  walk(counters, [])
  return lines
}

function sentence(path: readonly string[]): string {
  const words = path.map(inWords).join(' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function inWords(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
}
