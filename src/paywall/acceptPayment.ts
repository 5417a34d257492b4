/**
 * Reads `Accept-Payment` (draft-httpauth-payment section 5.4), which says what payments a client
 * can make, and which of them it prefers.
 */

/** One item of the header. "*" stands for any method, or any intent. */
interface Range {
  method: string
  intent: string
  q: number
}

const RANGE =
  /^(\*|[a-z]+)\/(\*|[A-Za-z0-9-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/
/** The longest header that is read, in characters. */
const MAX_ACCEPT_PAYMENT_LENGTH = 1024

/**
 * Returns the offers that the header accepts, sorted by its weights. Offers of the same weight keep
 * the route's order. Returns all offers if the header is missing, is malformed, or accepts none of
 * them, because a client learns more from a challenge that it did not ask for than from none.
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

/** Returns the weight of the most specific range that matches the offer; 0 if no range does. */
function weightOf(offer: { method: string; intent: string }, ranges: readonly Range[]): number {
  const matches = (range: string, value: string) => range === '*' || range === value
  const specificity = ({ method, intent }: Range) =>
    Number(method !== '*') * 2 + Number(intent !== '*')
  const [best] = ranges
    .filter((range) => matches(range.method, offer.method) && matches(range.intent, offer.intent))
    .sort((a, b) => specificity(b) - specificity(a))
  return best?.q ?? 0
}
