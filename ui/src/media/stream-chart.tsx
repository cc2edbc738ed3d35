// Jitter and loss of one stream over its time, a point every five seconds. Draws with uPlot into a
// canvas; the same numbers stand in the table below it for those who cannot see the picture.
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Stream } from '../../../src/calls/stream.ts'
import { formatClock, formatTime } from '../text/time.ts'
import { useZone } from '../text/zone.tsx'
import { useWidth } from '../call/use-width.ts'
import { chartColumns, wholeSteps } from './chart-data.ts'

const HEIGHT = 190

/** The chart of a stream. */
export function StreamChart({ stream }: { stream: Stream }) {
  const room = useRef<HTMLElement>(null)
  const width = useWidth(room)
  const { zone } = useZone()
  useEffect(() => {
    const place = room.current
    if (place === null || width < 50) return
    const { seconds, jitterMsMean, jitterMsMax, lost } = chartColumns(
      stream.startUs,
      stream.intervals,
    )
    const colour = (name: string) => getComputedStyle(place).getPropertyValue(name).trim()
    const bars = uPlot.paths.bars?.({ size: [0.5, 12] })
    const axis = { stroke: colour('--chart-text'), grid: { stroke: colour('--chart-line') } }
    const chart = new uPlot(
      {
        width,
        height: HEIGHT,
        legend: { live: true },
        scales: { x: { time: true }, ms: { range: fromZero }, packets: { range: fromZero } },
        ...(zone === 'utc' ? { tzDate: utcDate } : {}),
        axes: [
          // uPlot's own times are those of one country: months first, and noon twice.
          {
            ...axis,
            space: 90,
            values: (_chart, splits, _axis, _space, apart) =>
              splits.map((seconds) => formatClock(seconds * 1e6, zone, apart * 1e6)),
          },
          { ...axis, scale: 'ms', label: 'jitter, ms', labelSize: 18, size: 46 },
          {
            ...axis,
            scale: 'packets',
            incrs: wholeSteps,
            // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- a const enum
            side: 1,
            label: 'lost',
            labelSize: 18,
            size: 46,
            grid: { show: false },
          },
        ],
        series: [
          {
            label: 'Time',
            value: (_chart, seconds) => (seconds === null ? '–' : formatTime(seconds * 1e6, zone)),
          },
          { label: 'Jitter, mean', scale: 'ms', stroke: colour('--chart-mean'), width: 2 },
          { label: 'Jitter, largest', scale: 'ms', stroke: colour('--chart-max'), width: 1 },
          {
            label: 'Packets lost',
            scale: 'packets',
            stroke: colour('--chart-lost'),
            fill: colour('--chart-lost'),
            ...(bars === undefined ? {} : { paths: bars }),
            points: { show: false },
          },
        ],
      },
      [[...seconds], [...jitterMsMean], [...jitterMsMax], [...lost]],
      place,
    )
    return () => chart.destroy()
  }, [stream, width, zone])
  return <figure className="stream-chart" ref={room} aria-label="Jitter and loss over time" />
}

/** Both scales begin at zero: a quiet line must look quiet. */
function fromZero(_chart: uPlot, _min: number | null, max: number | null): [number, number] {
  return [0, Math.max(1, (max ?? 0) * 1.1)]
}

function utcDate(seconds: number): Date {
  return uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC')
}
