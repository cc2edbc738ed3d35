// What two legs of one call have in common where no header ties them, as text that is kept where
// the name of a header is kept, and back.

/**
 * What a leg shares with the one that it carries on.
 * - `caller`, `callee`: the number, however it is written, or the same user
 * - `place`: it was sent from where the other one had gone
 * - `sdp-origin`: the o= line of its offer, which whoever made an offer chose (RFC 8866 §5.2)
 * - `referral`: a REFER within the other one asked whoever sent it for a call to its callee
 */
export type Evidence = 'caller' | 'callee' | 'place' | 'sdp-origin' | 'referral'

export const allEvidence: readonly Evidence[] = [
  'caller',
  'callee',
  'place',
  'sdp-origin',
  'referral',
]
/** No header has such a name: a colon ends it (RFC 3261 §7.3.1). */
const PREFIX = 'evidence:'

/** What stands in place of a header's name. */
export function evidenceText(evidence: readonly Evidence[]): string {
  return `${PREFIX}${allEvidence.filter((each) => evidence.includes(each)).join(',')}`
}

/** The evidence of a text; none for the name of a header. */
export function evidenceOfText(text: string): readonly Evidence[] {
  if (!text.startsWith(PREFIX)) return []
  const names = text.slice(PREFIX.length).split(',')
  return allEvidence.filter((each) => names.includes(each))
}
