// The participants' names above the ladder; they stay in sight while it scrolls.
import type { LadderColumn } from '../paint/ladder-columns.ts'
import type { LadderScene } from '../paint/ladder-layout.ts'
import { countOf } from '../text/quantity.ts'
import { visible } from '../text/visible.ts'
import { WireText } from '../text/wire-text.tsx'

/** One name a column. */
export function LadderHeads({ scene }: { scene: LadderScene }) {
  return (
    <div className="ladder-heads" style={{ width: scene.width }} aria-hidden="true">
      <span className="times-head">
        <span title="seconds since the first message of the call">Time s</span>
        {!scene.isCompact && <span title="since the message above">After</span>}
      </span>
      {scene.columns.map((column) => (
        <Head key={column.key} column={column} />
      ))}
    </div>
  )
}

function Head({ column }: { column: LadderColumn }) {
  const [port] = column.ports
  const ports = column.ports.length === 1 ? `:${port}` : ''
  const title = `${column.address} ${column.ports.length === 1 ? 'port' : 'ports'} ${portsInWords(column.ports)}${column.name === null ? '' : `, ${column.name}`}`
  return (
    <span className="head" style={{ left: column.x }} title={visible(title)}>
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
  const shown = ports.slice(0, 12).join(', ')
  return ports.length > 12 ? `${shown} and ${ports.length - 12} more` : shown
}
