// Where the list that was last shown had been scrolled to, and which call of it was opened, for the
// way back from that call. One place only: another search begins at its top.

let remembered = { name: '', top: 0, opened: '' }

/** Pixels from the top of the list called `name`; 0 for any but the last. */
export function rememberedTop(name: string): number {
  return remembered.name === name ? remembered.top : 0
}

/** Remembers where a list is scrolled to. */
export function rememberTop(name: string, top: number): void {
  remembered = { ...remembered, name, top }
}

/** The key of the call that was opened last; empty where none was. */
export function lastOpened(): string {
  return remembered.opened
}

/** Remembers that a call is opened. */
export function rememberOpened(callKey: string): void {
  remembered = { ...remembered, opened: callKey }
}
