// Values in, lines on stdout out: one JSON object a line, or a table for a person.

/** Writes a line to stdout and waits when the reader is slower than we are. */
export async function writeLine(line: string): Promise<void> {
  if (process.stdout.write(`${line}\n`)) return
  await new Promise((resolve) => process.stdout.once('drain', resolve))
}

export interface Column<Row> {
  readonly title: string
  readonly isNumber?: boolean
  /** Told in full, for its end may be the point: such a column is the last one. */
  readonly isSentence?: boolean
  value(row: Row): string | number | null
}

/** Longest cell; what is longer is cut with a mark, so that rows stay one line. */
const CELL_CHARS_MAX = 60
/** Rows whose widths set those of the columns; later rows that are wider just stick out. */
const SAMPLE_ROWS = 200

/** Prints rows as an aligned table with a heading, and says how many there were. */
export async function writeTable<Row>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  columns: readonly Column<Row>[],
): Promise<number> {
  let count = 0
  let widths: number[] | undefined
  const sample: string[][] = []
  const print = (cells: readonly string[]) =>
    writeLine(
      cells
        .map((cell, i) => {
          const width = widths?.[i] ?? 0
          return columns[i]?.isNumber === true ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
  const settle = async () => {
    widths = columns.map(({ title }, i) =>
      Math.max(title.length, ...sample.map((cells) => cells[i]?.length ?? 0)),
    )
    await print(columns.map(({ title }) => title))
    for (const cells of sample) await print(cells)
  }
  for await (const row of rows) {
    count++
    const cells = columns.map((column) => cellText(column, row))
    if (widths !== undefined) await print(cells)
    else if (sample.push(cells) >= SAMPLE_ROWS) await settle()
  }
  if (widths === undefined) await settle()
  return count
}

/** Control characters would let captured bytes drive the terminal. */
function cellText<Row>(column: Column<Row>, row: Row): string {
  const text = printable(String(column.value(row) ?? '-'))
  if (column.isSentence === true) return text
  return text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX - 1)}…` : text
}

/** The text with every character that a terminal would act on replaced by a dot. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '·')
}
