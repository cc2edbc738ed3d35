// Where the list that was last shown had been scrolled to, for the way back from a call. One place
// only: another search begins at its top.

let remembered = { name: '', top: 0 }

/** Pixels from the top of the list called `name`; 0 for any but the last. */
export function rememberedTop(name: string): number {
  return remembered.name === name ? remembered.top : 0
}

/** Remembers where a list is scrolled to. */
export function rememberTop(name: string, top: number): void {
  remembered = { name, top }
}
