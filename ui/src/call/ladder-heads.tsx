// The participants' names above the ladder; they stay in sight while it scrolls.
import { Fragment } from 'react'
import { formatEnd } from '../paint/ladder-columns.ts'
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
  const name = column.name === null ? '' : `, ${column.name}`
  const title = `${column.address} ${portsInWords(column.ports)}${name}`
  return (
    <span className="head" style={{ left: column.x, width }} title={visible(title)}>
      <b className="number">
        <End column={column} />
      </b>
      <small>
        {column.name === null ? null : <WireText text={column.name} />}
        {column.ports.length > 1 && ` ${countOf(column.ports.length, 'port')}`}
      </small>
    </span>
  )
}

/** `10.0.0.1:5060`, or the address alone where its ports share the column. */
function End({ column: { address, ports } }: { column: LadderColumn }) {
  const [port, ...others] = ports
  if (port === undefined || others.length > 0) return <Groups address={address} />
  const end = formatEnd(address, port)
  const colon = end.lastIndexOf(':')
  return (
    <>
      <Groups address={end.slice(0, colon)} />
      <wbr />
      <span className="dim">{end.slice(colon)}</span>
    </>
  )
}

/** A long address of IPv6 goes on in the next line with a whole group: its end tells it apart. */
function Groups({ address }: { address: string }) {
  return address.split(/(?<=:)(?!:)/).map((group, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {group}
    </Fragment>
  ))
}

function portsInWords(ports: readonly number[]): string {
  const shown = ports.slice(0, PORTS_NAMED_MAX).join(', ')
  const more = ports.length - PORTS_NAMED_MAX
  return `${ports.length === 1 ? 'port' : 'ports'} ${shown}${more > 0 ? ` and ${more} more` : ''}`
}
