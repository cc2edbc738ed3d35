// A callback's address in, the same for people to see out: without the credentials in it.

/** Takes user and password out of an address. */
export function shownUrl(url: string): string {
  const shown = new URL(url)
  // As it was written, where there is nothing to hide.
  if (shown.username === '' && shown.password === '') return url
  shown.username = ''
  shown.password = ''
  return shown.href
}
