// Hands bytes to the browser to save as a file.

/** Saves a file under its name. */
export function saveFile({ name, blob }: { name: string; blob: Blob }): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken hold of the bytes by the next turn at the latest.
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
