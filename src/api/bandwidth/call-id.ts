// Keys of legs in, the vendor's ids out, and back. A call of this vendor is one leg.

/** `c-…`, the id of a leg's call. */
export function callIdOf(legKey: string): string {
  return `c-${legKey}`
}

/** The leg that an id names; undefined for a text that names none. */
export function legKeyOf(callId: string): string | undefined {
  return /^c-([\w-]{1,64})$/.exec(callId)?.[1]
}

/** `brg-…`, the id of what joins the legs of a call. */
export function bridgeIdOf(callKey: string): string {
  return `brg-${callKey}`
}

/** The call that a bridge's id names; undefined for a text that names none. */
export function callKeyOf(bridgeId: string): string | undefined {
  return /^brg-([\w-]{1,64})$/.exec(bridgeId)?.[1]
}
