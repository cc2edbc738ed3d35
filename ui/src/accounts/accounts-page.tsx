// Who may ask which API, and what part of the traffic is theirs. For administrators.
import { ErrorNote } from '../parts/error-note.tsx'
import { useTitle } from '../parts/use-title.ts'
import { AccountForm } from './account-form.tsx'
import { AccountRow } from './account-row.tsx'
import { useAccounts } from './use-accounts.ts'

/** The page of accounts. */
export function AccountsPage() {
  const accounts = useAccounts()
  useTitle('Accounts')
  return (
    <div className="house">
      <h1>Accounts</h1>
      {accounts.isError && (
        <ErrorNote error={accounts.error} onRetry={() => void accounts.refetch()} />
      )}
      {accounts.data !== undefined && (
        <table>
          <thead>
            <tr>
              <th>Id</th>
              <th>API</th>
              <th>May</th>
              <th>Sees</th>
              <th aria-label="What can be done" />
            </tr>
          </thead>
          <tbody>
            {accounts.data.map((account) => (
              <AccountRow key={`${account.dialect} ${account.id}`} account={account} />
            ))}
          </tbody>
        </table>
      )}
      <h2>New account</h2>
      <AccountForm />
    </div>
  )
}
