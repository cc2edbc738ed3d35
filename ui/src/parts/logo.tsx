// The mark beside the name.

/** The same picture as in the browser's tab. */
export function Logo() {
  return <img className="logo" src="/favicon.svg" alt="" width={20} height={20} />
}
