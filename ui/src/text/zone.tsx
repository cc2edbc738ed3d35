// The zone that times are shown in, chosen by the reader and kept in this browser; and the element
// that shows a time in it.
import { createContext, use, useState } from 'react'
import type { ReactNode } from 'react'
import { formatTime, formatTimeExact } from './time.ts'
import type { Zone } from './time.ts'

interface ZoneChoice {
  readonly zone: Zone
  readonly choose: (zone: Zone) => void
}

const ZoneContext = createContext<ZoneChoice>({ zone: 'local', choose: () => undefined })
const STORAGE_KEY = 'earshot.zone'

/** Holds the choice for everything inside. */
export function ZoneProvider({ children }: { children: ReactNode }) {
  const [zone, setZone] = useState<Zone>(keptZone)
  const choose = (next: Zone) => {
    setZone(next)
    try {
      localStorage.setItem(STORAGE_KEY, next)
    } catch {
      // A browser that keeps nothing still shows times.
    }
  }
  return <ZoneContext value={{ zone, choose }}>{children}</ZoneContext>
}

/** The zone chosen, and how to choose another. */
export function useZone(): ZoneChoice {
  return use(ZoneContext)
}

/** A moment: milliseconds shown, microseconds and zone in the tooltip. */
export function TimeText({ tUs }: { tUs: number }) {
  const { zone } = useZone()
  return (
    <time className="number" title={formatTimeExact(tUs, zone)}>
      {formatTime(tUs, zone)}
    </time>
  )
}

/** The switch between the browser's zone and UTC. */
export function ZoneSwitch() {
  const { zone, choose } = useZone()
  return (
    <label className="switch">
      <input
        type="checkbox"
        checked={zone === 'utc'}
        onChange={(event) => choose(event.target.checked ? 'utc' : 'local')}
      />
      UTC
    </label>
  )
}

function keptZone(): Zone {
  try {
    return localStorage.getItem(STORAGE_KEY) === 'utc' ? 'utc' : 'local'
  } catch {
    return 'local'
  }
}
