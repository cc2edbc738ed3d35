// Chooses the time that is searched: a range that moves with the clock, all, or two ends.
import { Choice } from '../parts/choice.tsx'
import { nowUs } from '../text/clock.ts'
import { fromFieldValue, toFieldValue } from '../text/time.ts'
import { useZone } from '../text/zone.tsx'
import { RANGES } from './search-state.ts'
import type { RangeName, Search } from './search-state.ts'

/** The picker; `onChange` is given the search with its new range. */
export function RangePicker(props: { search: Search; onChange: (search: Search) => void }) {
  const { search, onChange } = props
  const choose = (range: RangeName) => {
    const span = RANGES.find((known) => known.name === search.range)?.spanUs
    // Two ends start as what was shown before, so that there is something to change.
    const startUs = range === 'custom' ? nowUs() - (span ?? 86_400e6) : null
    onChange({ ...search, range, startUs: startUs && floorToMinute(startUs), endUs: null })
  }
  return (
    <div className="range">
      <Choice label="Time" options={RANGES} chosen={search.range} onChoose={choose} />
      {search.range === 'custom' && (
        <>
          <Moment
            label="From"
            tUs={search.startUs}
            onChange={(startUs) => onChange({ ...search, startUs })}
          />
          <Moment
            label="to"
            tUs={search.endUs}
            onChange={(endUs) => onChange({ ...search, endUs })}
          />
        </>
      )}
    </div>
  )
}

function Moment(props: {
  label: string
  tUs: number | null
  onChange: (tUs: number | null) => void
}) {
  const { zone } = useZone()
  return (
    <label className="moment">
      {props.label}
      <input
        type="datetime-local"
        step={1}
        value={props.tUs === null ? '' : toFieldValue(props.tUs, zone)}
        onChange={(event) => props.onChange(fromFieldValue(event.target.value, zone))}
      />
    </label>
  )
}

function floorToMinute(tUs: number): number {
  return Math.floor(tUs / 60e6) * 60e6
}
