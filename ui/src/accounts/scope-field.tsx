// The field in which a scope is written, a rule a line, with the terms that there are.

/** A text area for rules. */
export function ScopeField(props: { value: string; onChange: (text: string) => void }) {
  return (
    <label>
      Sees <span className="dim">everything, or what one of these rules means, a rule a line</span>
      <textarea
        rows={3}
        spellCheck={false}
        placeholder={'trunk:carrier-a user:+4420*\nip:192.0.2.0/24'}
        title={
          'trunk:NAME, ip:NETWORK, user:PATTERN, from:PATTERN, to:PATTERN, user:FIRST..LAST, ' +
          'conversation:VALUE, header:NAME=VALUE; several in a line must all hold'
        }
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </label>
  )
}
