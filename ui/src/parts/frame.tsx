// What stands around every page: the name and the ways on top, the state of the server below.
import type { ReactNode } from 'react'
import { useLogOut } from '../api/session.ts'
import type { Session } from '../api/types.ts'
import { Link } from '../route/link.tsx'
import type { PageName } from '../route/pages.ts'
import { ZoneSwitch } from '../text/zone.tsx'
import { Footer } from './footer.tsx'
import { Logo } from './logo.tsx'
import { PageGuard } from './page-guard.tsx'

const WAYS = [
  { href: '/', page: 'calls', label: 'Calls' },
  { href: '/import', page: 'import', label: 'Import' },
  { href: '/arrivals', page: 'arrivals', label: 'Arrivals' },
  { href: '/inventory', page: 'inventory', label: 'Inventory' },
  { href: '/accounts', page: 'accounts', label: 'Accounts', permission: 'admin' },
  { href: '/about', page: 'about', label: 'About' },
] as const satisfies readonly Way[]

/** A page in the head, shown to those who may see it. */
interface Way {
  readonly href: string
  readonly page: PageName['page']
  readonly label: string
  readonly permission?: string
}

/** Header, the page itself, footer. */
export function Frame(props: { session: Session; page: PageName['page']; children: ReactNode }) {
  const logOut = useLogOut()
  return (
    <div className="frame">
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <header className="frame-head">
        <Link href="/" className="brand">
          <Logo /> Earshot
        </Link>
        <nav aria-label="Pages">
          {waysOf(props.session).map(({ href, page, label }) => (
            <Link key={href} href={href} aria-current={props.page === page ? 'page' : undefined}>
              {label}
            </Link>
          ))}
          <a href="/api/docs">API</a>
        </nav>
        <span className="spring" />
        <ZoneSwitch />
        <span className="account" title="logged in as">
          {props.session.id}
        </span>
        <button type="button" className="quiet" onClick={() => logOut.mutate()}>
          Log out
        </button>
        {logOut.isError && <span role="alert">Not logged out: {logOut.error.message}</span>}
      </header>
      <main id="page" className="page">
        <PageGuard key={props.page}>{props.children}</PageGuard>
      </main>
      <Footer />
    </div>
  )
}

function waysOf({ permissions }: Session): readonly Way[] {
  return WAYS.filter(
    (way: Way) => way.permission === undefined || permissions.includes(way.permission),
  )
}
