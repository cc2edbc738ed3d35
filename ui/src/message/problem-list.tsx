// What is odd about a message: severity, what it means, what was found, and the rule.
import type { MessageProblem } from '../api/types.ts'
import { WireText } from '../text/wire-text.tsx'

const SEVERITY_TIPS = {
  note: 'harmless',
  odd: 'breaks a rule, nothing was lost',
  broken: 'a value could not be used',
}

/** The problems of a message; nothing when there are none. */
export function ProblemList({ problems }: { problems: readonly MessageProblem[] }) {
  if (problems.length === 0) return null
  return (
    <section aria-label="Problems of this message">
      <h3>{problems.length === 1 ? 'One problem' : `${problems.length} problems`}</h3>
      <ul className="problems">
        {problems.map((problem, index) => (
          <li key={index} className={`severity-${problem.severity}`}>
            <span className="severity" title={SEVERITY_TIPS[problem.severity]}>
              {problem.severity}
            </span>
            <div>
              <p>{problem.meaning}</p>
              <p className="dim">
                <WireText text={problem.detail} /> · byte {problem.at}
                {typeof problem.rule === 'string' && ` · ${problem.rule}`} ·{' '}
                <code>{problem.code}</code>
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
