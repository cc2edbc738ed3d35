// The participants' names above the ladder; they stay in sight while it scrolls.
import type { LadderColumn } from '../paint/ladder-columns.ts'
import type { LadderScene } from '../paint/ladder-layout.ts'
import { countOf } from '../text/quantity.ts'
import { visible } from '../text/visible.ts'
import { WireText } from '../text/wire-text.tsx'

/** Ports that the tooltip of an address names. */
const PORTS_NAMED_MAX = 12

/** One name a column. */
export function LadderHeads({ scene }: { scene: LadderScene }) {
  return (
    <div className="ladder-heads" style={{ width: scene.width }} aria-hidden="true">
      <span className="time-head" title="seconds since the first message of the call">
        Time s
      </span>
      {!scene.isCompact && (
        <span className="delta-head" title="since the message above">
          After
        </span>
      )}
      {scene.columns.map((column) => (
        <Head key={column.key} column={column} width={scene.headWidth} />
      ))}
    </div>
  )
}

function Head({ column, width }: { column: LadderColumn; width: number }) {
  const [port] = column.ports
  const ports = column.ports.length === 1 ? `:${port}` : ''
  const name = column.name === null ? '' : `, ${column.name}`
  const title = `${column.address} ${portsInWords(column.ports)}${name}`
  return (
    <span className="head" style={{ left: column.x, width }} title={visible(title)}>
      <b className="number">
        {column.address}
        <span className="dim">{ports}</span>
      </b>
      <small>
        {column.name === null ? null : <WireText text={column.name} />}
        {column.ports.length > 1 && ` ${countOf(column.ports.length, 'port')}`}
      </small>
    </span>
  )
}

function portsInWords(ports: readonly number[]): string {
  const shown = ports.slice(0, PORTS_NAMED_MAX).join(', ')
  const more = ports.length - PORTS_NAMED_MAX
  return `${ports.length === 1 ? 'port' : 'ports'} ${shown}${more > 0 ? ` and ${more} more` : ''}`
}
