// One account in the table: what it may do and see, and the ways to change that.
import { useState } from 'react'
import type { Account } from '../../../src/accounts/account.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { rulesOf } from './account-words.ts'
import { ScopeField } from './scope-field.tsx'
import { useChangeAccount, useRemoveAccount } from './use-accounts.ts'

/** A row; its second line is open while it is being changed. */
export function AccountRow({ account }: { account: Account }) {
  const [isOpen, setIsOpen] = useState(false)
  const remove = useRemoveAccount(account)
  const { dialect, id, permissions, scope } = account
  return (
    <>
      <tr>
        <th scope="row">{id}</th>
        <td>{dialect}</td>
        <td>{permissions.join(', ')}</td>
        <td>{scope.length === 0 ? <span className="dim">everything</span> : scope.join(' | ')}</td>
        <td>
          <button type="button" onClick={() => setIsOpen(!isOpen)} aria-expanded={isOpen}>
            Change
          </button>{' '}
          <button type="button" onClick={() => remove.mutate()} disabled={remove.isPending}>
            Remove
          </button>
        </td>
      </tr>
      {(isOpen || remove.isError) && (
        <tr>
          <td colSpan={5}>
            {remove.isError && <ErrorNote error={remove.error} heading="Not removed" />}
            {isOpen && <AccountChange account={account} onDone={() => setIsOpen(false)} />}
          </td>
        </tr>
      )}
    </>
  )
}

function AccountChange({ account, onDone }: { account: Account; onDone: () => void }) {
  const change = useChangeAccount(account)
  const [scope, setScope] = useState(account.scope.join('\n'))
  const [secret, setSecret] = useState('')
  const save = () => {
    const rules = { scope: rulesOf(scope) }
    change.mutate(secret === '' ? rules : { ...rules, secret }, { onSuccess: onDone })
  }
  return (
    <div className="house-form">
      <ScopeField value={scope} onChange={setScope} />
      <label>
        New secret{' '}
        <span className="dim">ends its sessions and tokens; empty keeps the old one</span>
        <input
          type="password"
          autoComplete="new-password"
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
        />
      </label>
      <button type="button" className="main" onClick={save} disabled={change.isPending}>
        Save
      </button>
      {change.isError && <ErrorNote error={change.error} heading="Not changed" />}
    </div>
  )
}
