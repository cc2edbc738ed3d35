// The outline of a sound, one band a channel, with what was found in it, and where it is played. A
// click goes there. Draws into a canvas; the player beside it does the same by keyboard.
import { useEffect, useRef } from 'react'
import { useWidth } from '../call/use-width.ts'
import type { Outline } from './waveform-shape.ts'
import { waveLines } from './waveform-shape.ts'

const BAND_HEIGHT = 56

/** A place that is marked in the waveform. */
export interface Mark {
  /** Begin and end, 0 to 1 of the sound. */
  readonly from: number
  readonly to: number
  /** Channel, null for all of them. */
  readonly channel: number | null
}

/** The waveform. `playedShare` is how far the player is, 0 to 1. */
export function Waveform(props: {
  outline: Outline
  marks: readonly Mark[]
  playedShare: number
  onSeek: (share: number) => void
}) {
  const { outline, marks, playedShare } = props
  const room = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = useWidth(room)
  const height = BAND_HEIGHT * outline.channels.length
  useEffect(() => {
    const { current } = canvas
    const context = current?.getContext('2d')
    if (current === null || context === null || context === undefined || width === 0) return
    const scale = window.devicePixelRatio
    current.width = width * scale
    current.height = height * scale
    context.scale(scale, scale)
    paint(context, { outline, marks, width, colour: coloursOf(current) })
  }, [outline, marks, width, height])
  return (
    <div className="waveform" ref={room}>
      <canvas
        ref={canvas}
        style={{ width, height }}
        aria-hidden="true"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect()
          if (box.width > 0) props.onSeek((event.clientX - box.left) / box.width)
        }}
      />
      <span className="played" style={{ left: `${playedShare * 100}%`, height }} />
    </div>
  )
}

interface Colours {
  readonly wave: readonly string[]
  readonly mark: string
  readonly line: string
}

function paint(
  context: CanvasRenderingContext2D,
  scene: { outline: Outline; marks: readonly Mark[]; width: number; colour: Colours },
): void {
  const { outline, marks, width, colour } = scene
  context.fillStyle = colour.mark
  for (const { from, to, channel } of marks) {
    const top = channel === null ? 0 : channel * BAND_HEIGHT
    const bands = channel === null ? outline.channels.length : 1
    context.fillRect(from * width, top, Math.max(2, (to - from) * width), bands * BAND_HEIGHT)
  }
  for (const [channel, pairs] of outline.channels.entries()) {
    const top = channel * BAND_HEIGHT
    context.fillStyle = colour.line
    context.fillRect(0, top + BAND_HEIGHT - 1, width, 1)
    context.fillStyle = colour.wave[channel % colour.wave.length] ?? ''
    for (const line of waveLines(pairs, { width, height: BAND_HEIGHT - 2 })) {
      context.fillRect(line.x, top + line.top, 1, line.bottom - line.top)
    }
  }
}

function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  return {
    wave: [colour('--wave-caller'), colour('--wave-callee')],
    mark: colour('--wave-mark'),
    line: colour('--wave-line'),
  }
}
