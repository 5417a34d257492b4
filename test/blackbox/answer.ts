/** An answer of the gateway as a client received it. */

export type HeaderPair = [name: string, value: string]

export interface Answer {
  /** 0 if there was no answer. */
  status: number
  /** Names in lower case, in the order in which they arrived. */
  headers: HeaderPair[]
  body: string
  /** Milliseconds until the answer was complete; over a raw socket, until its first byte. */
  ms: number
  firstByteMs: number
  /** Whether the body ended before its announced end. */
  truncated: boolean
}

/** Every value of a header. */
export function headerValues(headers: readonly HeaderPair[], name: string): string[] {
  return headers.filter(([one]) => one === name.toLowerCase()).map(([, value]) => value)
}

/** Turns Node's flat list of names and values into pairs, with names in lower case. */
export function toPairs(rawHeaders: readonly string[]): HeaderPair[] {
  const pairs: HeaderPair[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    pairs.push([(rawHeaders[i] ?? '').toLowerCase(), rawHeaders[i + 1] ?? ''])
  }
  return pairs
}
