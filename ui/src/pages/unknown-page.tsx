// Shown for an address that is no page.
import { Link } from '../route/link.tsx'

/** No such page. */
export function UnknownPage() {
  return (
    <div className="narrow">
      <h1>No such page</h1>
      <p>
        The address may have been cut when it was copied. <Link href="/">To the call list</Link>
      </p>
    </div>
  )
}
