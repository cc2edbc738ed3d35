// Keys of legs in, the vendor's ids out, and back. A call of this vendor is one leg, and its id is
// a UUID that holds the leg's key: the same at every restart, with no table behind it.
import { callOfConversation, conversationOfCall } from '../../calls/keys.ts'

/** The id of a leg's call. */
export function sidOf(legKey: string): string {
  return conversationOfCall(legKey)
}

/** The leg that an id names; undefined for any other text. */
export function legKeyOf(sid: string): string | undefined {
  return callOfConversation(sid)
}
