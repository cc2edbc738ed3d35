// The legs of a call with their colours; each can be taken out of the ladder and put back.
import type { Leg } from '../../../src/calls/leg.ts'
import { CallState } from '../parts/call-state.tsx'
import { WireText } from '../text/wire-text.tsx'

/** Colours there are; legs beyond them take the first again. */
export const LEG_COLOURS = 8

/** The legend. `onToggle` is given the leg to hide or to show. */
export function LegLegend(props: {
  legs: readonly Leg[]
  hidden: ReadonlySet<string>
  onToggle: (legKey: string) => void
}) {
  return (
    <fieldset className="legend">
      <legend>Legs</legend>
      {props.legs.map((leg, index) => (
        <label key={leg.legKey} title={leg.callId ?? 'no Call-ID'}>
          <input
            type="checkbox"
            checked={!props.hidden.has(leg.legKey)}
            onChange={() => props.onToggle(leg.legKey)}
          />
          <span className={`leg-mark leg-${index % LEG_COLOURS}`} aria-hidden="true" />
          <span className="leg-name">
            {index + 1} <WireText text={leg.callId ?? 'no Call-ID'} />
          </span>
          <CallState call={leg} />
        </label>
      ))}
    </fieldset>
  )
}
