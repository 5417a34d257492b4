/** `Accept-Payment`: which offers a client can take, and which it would rather (draft-httpauth-payment 6.2). */

interface Range {
  method: string
  intent: string
  q: number
}

/**
 * The offers in the client's order: those that a range takes with q > 0, by falling q, the most specific
 * range deciding, the server's order on ties. No header, a malformed one, or one that nothing matches: all.
 */
export function acceptable<T extends { method: string; intent: string }>(
  offers: readonly T[],
  header: string | null,
): readonly T[] {
  const ranges = header === null || header.length > 1024 ? null : parseRanges(header)
  if (ranges === null) return offers
  const ranked = offers
    .map((offer) => ({ offer, q: qualityOf(offer, ranges) }))
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
  return ranked.length === 0 ? offers : ranked.map(({ offer }) => offer)
}

function qualityOf(offer: { method: string; intent: string }, ranges: readonly Range[]): number {
  const fits = ranges.filter(
    (range) =>
      (range.method === '*' || range.method === offer.method) &&
      (range.intent === '*' || range.intent === offer.intent),
  )
  const specificity = (range: Range) =>
    Number(range.method !== '*') * 2 + Number(range.intent !== '*')
  return fits.sort((a, b) => specificity(b) - specificity(a))[0]?.q ?? 0
}

function parseRanges(header: string): Range[] | null {
  const ranges: Range[] = []
  for (const part of header.split(',')) {
    const match =
      /^\s*(\*|[a-z]+)\/(\*|[A-Za-z0-9-]+)\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/.exec(
        part,
      )
    if (match === null) return null
    const [, method = '', intent = '', q = '1'] = match
    ranges.push({ method, intent, q: Number(q) })
  }
  return ranges
}
