/** What a client saw of an answer. */

export type Pair = [name: string, value: string]

export interface Answer {
  /** 0 when there was none. */
  status: number
  /** Names in lower case, in the order in which they came. */
  headers: Pair[]
  body: string
  /** Until all of it was there; over a raw socket, until its first byte. */
  ms: number
  firstByteMs: number
  /** Whether the body ended before its announced end. */
  truncated: boolean
}

/** Every value of a header. */
export function headerValues(headers: readonly Pair[], name: string): string[] {
  return headers.filter(([one]) => one === name.toLowerCase()).map(([, value]) => value)
}

/** Node's flat list of names and values as pairs, names in lower case. */
export function toPairs(rawHeaders: readonly string[]): Pair[] {
  const pairs: Pair[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    pairs.push([(rawHeaders[i] ?? '').toLowerCase(), rawHeaders[i + 1] ?? ''])
  }
  return pairs
}
