// What each vendor's API would answer about one call. The address holds the vendor, so that a link
// leads to it.
import { useQuery } from '@tanstack/react-query'
import { fetchVendorAnswers } from '../api/client.ts'
import type { VendorAnswer } from '../api/types.ts'
import { Choice } from '../parts/choice.tsx'
import { ErrorNote } from '../parts/error-note.tsx'
import { useTitle } from '../parts/use-title.ts'
import { Link } from '../route/link.tsx'
import { callPath, vendorsPath } from '../route/pages.ts'
import { navigate, usePlace } from '../route/route.ts'
import { AnswerView } from '../vendors/answer-view.tsx'
import { VENDORS, type VendorName, vendorOf } from '../vendors/vendor-names.ts'

/** The page of a call as the vendors' APIs show it. */
export function VendorsPage({ callKey }: { callKey: string }) {
  const answers = useQuery({
    queryKey: ['vendors', callKey],
    queryFn: ({ signal }) => fetchVendorAnswers(callKey, signal),
  })
  const chosen = vendorOf(new URLSearchParams(usePlace().search).get('vendor'))
  const choose = (name: VendorName) => {
    navigate(`${vendorsPath(callKey)}?vendor=${name}`, { replace: true })
  }
  useTitle('As other APIs show it')
  return (
    <div className="vendors-page">
      <h1>As other APIs show it</h1>
      <p>
        <Link href={callPath(callKey)}>Back to the call</Link>. ACCOUNT stands for the account that
        asks; the path is answered by this server.
      </p>
      <Choice label="API" options={VENDORS} chosen={chosen} onChoose={choose} />
      {answers.isError && (
        <ErrorNote error={answers.error} onRetry={() => void answers.refetch()} />
      )}
      {answers.data !== undefined && (
        <Answers answers={answers.data.answers.filter(({ dialect }) => dialect === chosen)} />
      )}
    </div>
  )
}

function Answers({ answers }: { answers: readonly VendorAnswer[] }) {
  if (answers.length === 0) return <p className="empty">This API would find nothing.</p>
  return answers.map((answer) => <AnswerView key={answer.path} answer={answer} />)
}
