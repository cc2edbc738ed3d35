// The form of a new account: for which API, its id and secret, and what it sees.
import { useState } from 'react'
import type { FormEvent } from 'react'
import type { Dialect } from '../../../src/accounts/account.ts'
import { Choice } from '../parts/choice.tsx'
import { ErrorNote } from '../parts/error-note.tsx'
import { DIALECTS, permissionsOf, rulesOf } from './account-words.ts'
import { ScopeField } from './scope-field.tsx'
import { useMakeAccount } from './use-accounts.ts'

/** Makes an account, and empties itself when it is made. */
export function AccountForm() {
  const make = useMakeAccount()
  const [dialect, setDialect] = useState<Dialect>('own')
  const [id, setId] = useState('')
  const [secret, setSecret] = useState('')
  const [permissions, setPermissions] = useState('')
  const [scope, setScope] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const named = permissionsOf(permissions)
    const account = { dialect, id: id.trim(), secret, scope: rulesOf(scope) }
    make.mutate(named === undefined ? account : { ...account, permissions: named }, {
      onSuccess: () => {
        setId('')
        setSecret('')
        setScope('')
      },
    })
  }
  return (
    <form className="house-form" onSubmit={submit} aria-label="New account">
      <Choice label="For the API of" options={DIALECTS} chosen={dialect} onChoose={setDialect} />
      <label>
        Id
        <input required value={id} onChange={(event) => setId(event.target.value)} />
      </label>
      <label>
        Secret
        <input
          type="password"
          autoComplete="new-password"
          required
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
        />
      </label>
      <label>
        Permissions <span className="dim">between commas; empty for the usual ones</span>
        <input value={permissions} onChange={(event) => setPermissions(event.target.value)} />
      </label>
      <ScopeField value={scope} onChange={setScope} />
      <button type="submit" className="main" disabled={make.isPending}>
        Make the account
      </button>
      {make.isError && <ErrorNote error={make.error} heading="The account was not made" />}
    </form>
  )
}
