// What the search box understands, as a list to read and to pick from.

const WORDS: readonly { example: string; meaning: string }[] = [
  { example: '1234', meaning: 'these digits anywhere in either number' },
  { example: '+44 (20) 7946-0018', meaning: 'a number as people write it' },
  { example: 'from:+4420*', meaning: 'caller begins with; * means anything' },
  { example: 'to:*1234', meaning: 'called number ends with' },
  { example: 'user:alice', meaning: 'either side is exactly this' },
  { example: 'status:486', meaning: 'final status; 486 alone means the same' },
  { example: 'status:4xx', meaning: 'any status of a class' },
  { example: 'state:busy', meaning: 'busy, rejected, cancelled, completed, in-call, ringing …' },
  { example: 'ip:10.0.0.5', meaning: 'an address that took part' },
  { example: 'callid:abc@10.0.0.5', meaning: 'one Call-ID' },
  { example: 'kind:registration', meaning: 'call, registration, options, message …, all' },
  { example: 'conversation:UUID', meaning: 'one conversation id' },
]

/** A button that opens the list; `onPick` is given the example that was clicked. */
export function SearchHelp({ onPick }: { onPick: (word: string) => void }) {
  return (
    <>
      <button type="button" className="quiet help-button" popoverTarget="search-help">
        <span aria-hidden="true">?</span>
        <span className="sr-only">What can be searched for</span>
      </button>
      <div id="search-help" popover="auto" className="help">
        <h2>What can be searched for</h2>
        <p>All words must hold. Words without a name are recognised by what they look like.</p>
        <p>
          A caller is also whom P-Asserted-Identity, P-Preferred-Identity or Remote-Party-ID names;
          whom Diversion or History-Info names was called, too, and forwarded the call.
        </p>
        <table>
          <tbody>
            {WORDS.map(({ example, meaning }) => (
              <tr key={example}>
                <td>
                  <button
                    type="button"
                    className="word"
                    popoverTarget="search-help"
                    popoverTargetAction="hide"
                    onClick={() => onPick(example)}
                  >
                    {example}
                  </button>
                </td>
                <td>{meaning}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
