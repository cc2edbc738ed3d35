// Which page is shown: the one that the address names, or the login page when nobody is logged in.
import { useEffect } from 'react'
import { useSession } from './api/session.ts'
import type { Session } from './api/types.ts'
import { AccountsPage } from './accounts/accounts-page.tsx'
import { ArrivalsPage } from './arrivals/arrivals-page.tsx'
import { useImportsOfSession } from './imports/use-imports.ts'
import { InventoryPage } from './inventory/inventory-page.tsx'
import { AboutPage } from './pages/about-page.tsx'
import { CallPage } from './pages/call-page.tsx'
import { CallsPage } from './pages/calls-page.tsx'
import { ImportPage } from './pages/import-page.tsx'
import { LoginPage } from './pages/login-page.tsx'
import { UnknownPage } from './pages/unknown-page.tsx'
import { VendorsPage } from './pages/vendors-page.tsx'
import { ErrorNote } from './parts/error-note.tsx'
import { Frame } from './parts/frame.tsx'
import { pageOf, placeAfterLogin } from './route/pages.ts'
import type { PageName } from './route/pages.ts'
import { navigate, usePlace } from './route/route.ts'

/** The whole of the pages. */
export function App() {
  const session = useSession()
  useImportsOfSession(session.data === null)
  if (session.isError) {
    return (
      <main className="narrow">
        <ErrorNote error={session.error} onRetry={() => void session.refetch()} />
      </main>
    )
  }
  // The first answer comes in milliseconds; a spinner would only flash.
  if (session.data === undefined) return null
  return session.data === null ? <LoggedOut /> : <LoggedIn session={session.data} />
}

function LoggedOut() {
  const { path, search } = usePlace()
  useEffect(() => {
    if (path === '/login') return
    const wanted = path + search
    const next = wanted === '/' ? '' : `?next=${encodeURIComponent(wanted)}`
    navigate(`/login${next}`, { replace: true })
  }, [path, search])
  return <LoginPage />
}

function LoggedIn({ session }: { session: Session }) {
  const { path, search } = usePlace()
  const page = pageOf(path)
  useEffect(() => {
    if (page.page === 'login') navigate(placeAfterLogin(search), { replace: true })
  }, [page.page, search])
  return (
    <Frame session={session} page={page.page}>
      <Page name={page} />
    </Frame>
  )
}

function Page({ name }: { name: PageName }) {
  switch (name.page) {
    case 'calls':
      return <CallsPage />
    case 'call':
      return <CallPage key={name.callKey} callKey={name.callKey} />
    case 'vendors':
      return <VendorsPage key={name.callKey} callKey={name.callKey} />
    case 'import':
      return <ImportPage />
    case 'arrivals':
      return <ArrivalsPage />
    case 'inventory':
      return <InventoryPage />
    case 'accounts':
      return <AccountsPage />
    case 'about':
      return <AboutPage />
    case 'login':
      return null
    case 'unknown':
      return <UnknownPage />
  }
}
