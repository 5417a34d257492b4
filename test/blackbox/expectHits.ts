/** Compares the requests that an upstream recorded with the expectations of a case. */
import { headerValues } from './answer.ts'
import type { ExpectedHits } from './format.ts'
import type { Hit } from './upstream.ts'

/** A sentence for each thing that is wrong. Each begins with the name of the upstream. */
export function checkHits(
  name: string,
  expected: ExpectedHits | undefined,
  hits: readonly Hit[],
): string[] {
  if (expected === undefined) return []
  return [
    ...checkCounts(expected, hits),
    ...checkFirstHit(expected, hits[0]),
    ...checkEveryHit(expected, hits),
  ].map((complaint) => `${name} ${complaint}`)
}

function checkCounts(
  { hits: exact, max, completed }: ExpectedHits,
  hits: readonly Hit[],
): string[] {
  const complaints: string[] = []
  const targets = hits.slice(0, 3).map(({ method, target }) => `${method} ${target.slice(0, 80)}`)
  const seen = `saw ${hits.length} (${targets.join(', ')})`
  if (exact !== undefined && hits.length !== exact) complaints.push(`${seen}, not ${exact}`)
  if (max !== undefined && hits.length > max) complaints.push(`${seen}, more than ${max}`)
  const whole = hits.filter((hit) => hit.completed).length
  if (completed !== undefined && whole !== completed)
    complaints.push(`saw ${whole} whole, not ${completed}`)
  return complaints
}

function checkFirstHit(expected: ExpectedHits, hit: Hit | undefined): string[] {
  if (hit === undefined) {
    const { target, method, header = {} } = expected
    const wanted = target !== undefined || method !== undefined || Object.keys(header).length > 0
    return wanted ? ['saw nothing'] : []
  }
  const complaints: string[] = []
  const facts: [string, string, string | undefined][] = [
    ['target', hit.target, expected.target ?? expected.targetIfHit],
    ['method', hit.method, expected.method],
    ['body', hit.body, expected.bodyIfHit],
  ]
  for (const [fact, seen, wanted] of facts) {
    if (wanted !== undefined && seen !== wanted)
      complaints.push(`saw the ${fact} ${seen.slice(0, 120)}, not ${wanted.slice(0, 120)}`)
  }
  for (const [name, value] of Object.entries({ ...expected.header, ...expected.headerIfHit })) {
    const values = headerValues(hit.headers, name)
    if (values.length !== 1 || values[0] !== value)
      complaints.push(`saw ${name}: ${values.join(' and ') || '(none)'}, not ${value}`)
  }
  return complaints
}

function checkEveryHit(expected: ExpectedHits, hits: readonly Hit[]): string[] {
  const { noHeader = [], noHeaderValue = [], noTarget = [] } = expected
  const headers = hits.flatMap((hit) => hit.headers)
  const targets = hits.map(({ target }) => target)
  return [
    ...noHeader
      .filter((name) => headerValues(headers, name).length > 0)
      .map((name) => `saw the header ${name}`),
    ...noHeaderValue
      .filter((text) => headers.some(([, value]) => value.includes(text)))
      .map((text) => `saw a header with ${text.slice(0, 20)}`),
    ...noTarget
      .filter((start) => targets.some((target) => target.startsWith(start)))
      .map((start) => `saw ${start}`),
  ]
}
