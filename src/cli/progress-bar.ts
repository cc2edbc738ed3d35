// How far an import is in, a line on stderr that is drawn over out. Nothing where stderr is no
// terminal: a log wants results, not motion.
import type { ImportProgress } from '../line/import-result.ts'

const REDRAW_MS = 200
const BAR_CHARS = 24

/** Draws until the returned function is called. */
export function startProgressBar(progress: () => ImportProgress): () => void {
  if (!process.stderr.isTTY) return () => {}
  const startMs = performance.now()
  const draw = () => {
    const text = progressText(progress(), (performance.now() - startMs) / 1000)
    process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`)
  }
  const timer = setInterval(draw, REDRAW_MS)
  return () => {
    clearInterval(timer)
    process.stderr.write('\r\u001b[K')
  }
}

/** One line: bar, bytes, messages, seconds left. */
export function progressText(progress: ImportProgress, seconds: number): string {
  const { bytesRead, bytesTotal, messages, name } = progress
  const counts = `${formatBytes(bytesRead)}, ${messages.toLocaleString('en')} messages`
  if (bytesTotal === undefined || bytesTotal === 0) return `${name}: ${counts}`
  const share = Math.min(1, bytesRead / bytesTotal)
  const full = Math.round(share * BAR_CHARS)
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CHARS - full)
  const left = share > 0 ? `, ${Math.ceil((seconds * (1 - share)) / share)} s left` : ''
  return `${bar} ${Math.floor(share * 100)}% ${counts}${left}  ${name}`
}

/** `1.5 MB`; thousands, as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit] ?? ''}`
}
