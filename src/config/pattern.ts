/** Patterns of routes: which requests they match, and which of two is more specific. */

export const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof METHODS)[number]

export interface Pattern {
  /** The methods that the pattern names; "GET" names HEAD too, "*" names all. */
  methods: readonly Method[]
  /** Whether the methods are written as "*". */
  anyMethod: boolean
  /** The path in segments: a literal, ":name" for any one segment, or a last "*". */
  segments: readonly string[]
}

const LITERAL = /^[A-Za-z0-9\-_~]+(?:\.[A-Za-z0-9\-_~]+)*$/
const PARAM = /^:[A-Za-z][A-Za-z0-9]*$/

/** "GET /x/tweets/:id", "GET|POST /a", "* /monitors/*" → a pattern, or the complaint about it. */
export function parsePattern(text: string): Pattern | string {
  const [verbs = '', path = '', ...rest] = text.split(' ')
  if (path === '' || rest.length > 0)
    return 'must be "METHOD /path", for example "GET /x/tweets/:id"'
  const methods = parseMethods(verbs)
  if (typeof methods === 'string') return methods
  if (!path.startsWith('/')) return 'the path must start with "/"'
  const segments = path === '/' ? [] : path.slice(1).split('/')
  for (const [i, segment] of segments.entries()) {
    if (segment === '*' && i === segments.length - 1) continue
    if (LITERAL.test(segment) || PARAM.test(segment)) continue
    const form = `must be a literal of letters, digits, "-", "_", "~" and ".", a ":name", or a last "*"`
    return `can never match: the segment "${segment}" ${form}${proposal(segment, i, segments)}`
  }
  return { methods, anyMethod: verbs === '*', segments }
}

/** Proposes a form for a segment in the style of another router; "" if nothing is known. */
function proposal(segment: string, at: number, segments: readonly string[]): string {
  const isLast = at === segments.length - 1
  if (segment === '') return isLast ? '; leave the last "/" out' : '; write one "/"'
  if (segment === '**' && isLast) return '; write "*"'
  const [, name] = /^[:{[<(]+([A-Za-z][A-Za-z0-9]*)/.exec(segment) ?? []
  if (name !== undefined) return `; write ":${name}"`
  if (segment.includes('?') && isLast) return '; leave the query out, because any query matches'
  return segment === '*' ? '; write a ":name", which matches one segment' : ''
}

function parseMethods(verbs: string): Method[] | string {
  if (verbs === '*') return [...METHODS]
  const methods = new Set<Method>()
  for (const verb of verbs.split('|')) {
    const method = METHODS.find((one) => one === verb)
    if (method === undefined)
      return `"${verb}" is not a method; write "*" or some of ${METHODS.join('|')}`
    methods.add(method)
    if (method === 'GET') methods.add('HEAD')
  }
  return [...methods]
}

/**
 * Orders patterns from the most to the least specific: segment by segment a literal comes before a
 * parameter and a parameter before "*"; on equal paths, named methods come before "*".
 */
export function bySpecificity(a: Pattern, b: Pattern): number {
  const rank = (segment: string | undefined) =>
    segment === undefined ? 1.5 : segment === '*' ? 2 : segment.startsWith(':') ? 1 : 0
  const length = Math.max(a.segments.length, b.segments.length)
  for (let i = 0; i < length; i++) {
    const difference = rank(a.segments[i]) - rank(b.segments[i])
    if (difference !== 0) return difference
  }
  return Number(a.anyMethod) - Number(b.anyMethod)
}

/** A pattern's path without parameters' names. Patterns of one shape match the same paths. */
export function shape(pattern: Pattern): string {
  return `/${pattern.segments.map((segment) => (segment.startsWith(':') ? ':' : segment)).join('/')}`
}
