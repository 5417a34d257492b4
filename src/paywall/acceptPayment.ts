/** `Accept-Payment` (draft-httpauth-payment section 5.4): which offers a client can pay, the best first. */

interface Range {
  method: string
  intent: string
  q: number
}

const RANGE =
  /^(\*|[a-z]+)\/(\*|[A-Za-z0-9-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/
const MAX_ACCEPT_PAYMENT_LENGTH = 1024

/**
 * The offers that the header takes, sorted by its weights; ties keep the row's order. All of them for a header
 * that is missing, malformed, or takes none: a challenge that the client did not ask for says more than none.
 */
export function acceptedOffers<T extends { method: string; intent: string }>(
  header: string | null,
  offers: readonly T[],
): readonly T[] {
  const ranges = header === null ? null : parseRanges(header)
  if (ranges === null) return offers
  const accepted = offers
    .map((offer) => ({ offer, q: weightOf(offer, ranges) }))
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ offer }) => offer)
  return accepted.length === 0 ? offers : accepted
}

function parseRanges(header: string): Range[] | null {
  if (header.length > MAX_ACCEPT_PAYMENT_LENGTH) return null
  const ranges: Range[] = []
  for (const part of header.split(',')) {
    const match = RANGE.exec(part.trim())
    if (match === null) return null
    const [, method = '', intent = '', q = '1'] = match
    ranges.push({ method, intent, q: Number(q) })
  }
  return ranges
}

/** The weight by the most specific range that names the offer; 0 if none does. */
function weightOf(offer: { method: string; intent: string }, ranges: readonly Range[]): number {
  const names = (said: string, own: string) => said === '*' || said === own
  const specificity = ({ method, intent }: Range) =>
    Number(method !== '*') * 2 + Number(intent !== '*')
  const [best] = ranges
    .filter((range) => names(range.method, offer.method) && names(range.intent, offer.intent))
    .sort((a, b) => specificity(b) - specificity(a))
  return best?.q ?? 0
}
