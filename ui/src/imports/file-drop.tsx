// A place to drop files on.
import type { DragEvent, ReactNode } from 'react'

/** Calls back with the files that were dropped. */
export function FileDrop(props: {
  isOver: boolean
  onOver: (isOver: boolean) => void
  onFiles: (files: File[]) => void
  children: ReactNode
}) {
  const drop = (event: DragEvent) => {
    event.preventDefault()
    props.onOver(false)
    props.onFiles([...event.dataTransfer.files])
  }
  return (
    <div
      className={props.isOver ? 'drop is-over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault()
        props.onOver(true)
      }}
      onDragLeave={() => props.onOver(false)}
      onDrop={drop}
    >
      {props.children}
    </div>
  )
}
