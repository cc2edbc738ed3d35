// One of a few: a row of chips that is a group of radio buttons, so that arrow keys move in it.
import { useId } from 'react'

interface Option<Name extends string> {
  readonly name: Name
  readonly label: string
  readonly tip?: string
}

/** A row of chips of which one is chosen, or none for null. */
export function Choice<Name extends string>(props: {
  label: string
  options: readonly Option<Name>[]
  chosen: Name | null
  onChoose: (name: Name) => void
}) {
  const group = useId()
  return (
    <fieldset className="choice">
      <legend>{props.label}</legend>
      {props.options.map(({ name, label, tip }) => (
        <label key={name} title={tip}>
          <input
            type="radio"
            name={group}
            checked={name === props.chosen}
            onChange={() => props.onChoose(name)}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  )
}
