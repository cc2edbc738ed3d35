// Asks for an id and a secret, and begins a session with them.
import { useState } from 'react'
import type { FormEvent } from 'react'
import { ApiError } from '../api/api-error.ts'
import { useLogIn } from '../api/session.ts'
import { Logo } from '../parts/logo.tsx'

/** The way in. */
export function LoginPage() {
  const logIn = useLogIn()
  const [id, setId] = useState('admin')
  const [secret, setSecret] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    logIn.mutate({ id: id.trim(), secret })
  }
  return (
    <main className="login">
      <form onSubmit={submit} aria-label="Log in">
        <h1>
          <Logo /> Earshot
        </h1>
        <label htmlFor="login-id">Account</label>
        <input
          id="login-id"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={id}
          onChange={(event) => setId(event.target.value)}
        />
        <label htmlFor="login-secret">Password</label>
        <input
          id="login-secret"
          type="password"
          autoComplete="current-password"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the only thing to do on this page
          autoFocus
          required
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
        />
        <button type="submit" className="main" disabled={logIn.isPending}>
          {logIn.isPending ? 'Logging in …' : 'Log in'}
        </button>
        {logIn.isError && <Refusal error={logIn.error} />}
        <p className="hint">
          First time here? When Earshot first started, it made the account <b>admin</b> and printed
          its password once, in the terminal where the server runs. A lost one is replaced there
          with <code>bin/earshot account create</code>.
        </p>
      </form>
    </main>
  )
}

function Refusal({ error }: { error: Error }) {
  const isWrong = error instanceof ApiError && error.status === 401
  return (
    <p role="alert" className="note note-bad">
      {isWrong ? 'Wrong account or password.' : `Could not log in: ${error.message}.`}
    </p>
  )
}
