/** Compares the answers of a step with the expectations of its case. */
import { type Answer, headerValues } from './answer.ts'
import type { Expect, Step } from './format.ts'
import type { Memory } from './memory.ts'

/** Headers that differ from answer to answer without a meaning. */
const VOLATILE = new Set([
  'date',
  'x-request-id',
  'cf-ray',
  'content-length',
  'connection',
  'keep-alive',
  'transfer-encoding',
])

/**
 * A sentence for each thing that is wrong with the answers. `expected` has its placeholders filled
 * in.
 */
export function checkAnswers(expected: Expect, answers: readonly Answer[]): string[] {
  return [
    ...checkStatuses(expected, answers),
    ...answers.slice(0, 1).flatMap((first) => checkFirst(expected, first)),
    ...unique(answers.flatMap((answer) => checkEach(expected, answer))),
  ]
}

function checkStatuses(expected: Expect, answers: readonly Answer[]): string[] {
  const seen = answers.map(({ status }) => status)
  const distinct = [...new Set(seen)].join(', ')
  const complaints: string[] = []
  for (const allowed of [expected.status, expected.onlyStatus]) {
    if (allowed !== undefined && !seen.every((status) => allowed.includes(status)))
      complaints.push(`status ${distinct}, not ${allowed.join('|')}`)
  }
  const { anyStatus, count } = expected
  if (anyStatus !== undefined && !seen.some((status) => anyStatus.includes(status)))
    complaints.push(`never ${anyStatus.join('|')}: ${distinct}`)
  if (count !== undefined) {
    const counted = seen.filter((status) => count.status.includes(status)).length
    const named = `${counted} of ${seen.length} answered ${count.status.join('|')}`
    if (count.equals !== undefined && counted !== count.equals)
      complaints.push(`${named}, not ${count.equals}`)
    if (count.max !== undefined && counted > count.max)
      complaints.push(`${named}, more than ${count.max}`)
  }
  return complaints
}

/** Checks what the format expects of the first answer of a step only. */
function checkFirst(expected: Expect, { status, body, headers, ...first }: Answer): string[] {
  const { statusMin, statusOr, notStatus, truncatedOr, firstByteMs } = expected
  const complaints: string[] = []
  if (statusMin !== undefined && status < statusMin)
    complaints.push(`status ${status}, below ${statusMin}`)
  if (statusOr !== undefined && !statusOr.flat().includes(status))
    complaints.push(`status ${status}, not ${statusOr.flat().join('|')}`)
  if (notStatus?.includes(status)) complaints.push(`status ${status}`)
  if (truncatedOr !== undefined && !first.truncated && !truncatedOr.includes(status))
    complaints.push(`a whole answer: ${status} ${body.slice(0, 40)}`)
  if (firstByteMs !== undefined && first.firstByteMs > firstByteMs)
    complaints.push(`first byte after ${Math.round(first.firstByteMs)} ms`)
  const [location] = headerValues(headers, 'location')
  if (expected.noCode === true && /[?&]code=/.test(location ?? ''))
    complaints.push('a code was issued')
  return [
    ...complaints,
    ...checkJson(expected.json ?? {}, body),
    ...checkLocation(expected.location ?? {}, location),
  ]
}

function checkJson(expected: Record<string, string>, body: string): string[] {
  const json = Object.keys(expected).length === 0 ? {} : parseObject(body)
  if (json === null) return [`no JSON: ${body.slice(0, 60)}`]
  return Object.entries(expected).flatMap(([name, pattern]) => {
    const value = String(json[name])
    return new RegExp(`^(?:${pattern})$`).test(value)
      ? []
      : [`json ${name}=${value}, not ${pattern}`]
  })
}

function parseObject(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

function checkLocation(expected: Record<string, string>, location: string | undefined): string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const seen = new URL(location ?? '/', 'http://gateway').searchParams.get(name)
    return seen === value ? [] : [`location ${name}=${seen}, not ${value}`]
  })
}

/** Checks what the format expects of every answer of a step. */
function checkEach(expected: Expect, { headers, body, ms }: Answer): string[] {
  const { noHeaders = [], noHeaderValue = [], bodyNot = [], maxMs } = expected
  const complaints: string[] = []
  for (const [name, pattern] of Object.entries(expected.headers ?? {})) {
    const values = headerValues(headers, name)
    if (!values.some((value) => toRegExp(pattern).test(value)))
      complaints.push(`header ${name}=${values.join(' and ') || '(none)'}, not ${pattern}`)
  }
  for (const name of noHeaders) {
    const [value] = headerValues(headers, name)
    if (value !== undefined) complaints.push(`header ${name}: ${value}`)
  }
  for (const text of noHeaderValue) {
    const header = headers.find(([, value]) => value.includes(text))
    if (header !== undefined) complaints.push(`header ${header[0]} contains ${text}`)
  }
  for (const pattern of bodyNot) {
    if (toRegExp(pattern).test(body)) complaints.push(`body matches ${pattern}`)
  }
  if (maxMs !== undefined && ms > maxMs) complaints.push(`took ${Math.round(ms)} ms, over ${maxMs}`)
  return complaints
}

/** Compares a step with earlier steps, and saves its fingerprint and timing for later steps. */
export function compareSteps(step: Step, answers: readonly Answer[], memory: Memory): string[] {
  const complaints: string[] = []
  const [first] = answers
  if (first === undefined) return complaints
  const { fingerprint, timing, timingWithinMs } = step
  const { sameAs } = step.expect
  if (fingerprint !== undefined) memory.fingerprints.set(fingerprint, appearance(first))
  if (sameAs !== undefined && memory.fingerprints.get(sameAs) !== appearance(first))
    complaints.push(`differs: ${appearance(first)} from ${memory.fingerprints.get(sameAs)}`)
  const median = medianOf(answers.map(({ ms }) => ms))
  if (timing !== undefined) memory.timings.set(timing, median)
  if (timingWithinMs !== undefined) {
    const other = memory.timings.get(timingWithinMs.of) ?? Number.NaN
    if (!(Math.abs(median - other) <= timingWithinMs.ms))
      complaints.push(`${median.toFixed(1)} ms against ${other.toFixed(1)} ms`)
  }
  return complaints
}

/** An answer as text, without ids and headers that differ each time. */
function appearance({ status, headers, body }: Answer): string {
  const kept = headers.filter(([name]) => !VOLATILE.has(name)).sort()
  return JSON.stringify([status, kept, body.replace(/req_[0-9a-f]+|[0-9a-f-]{36}/g, '(id)')])
}

function medianOf(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}

/** Reads a pattern of the format. The prefix "(?i)" makes it ignore case. */
function toRegExp(pattern: string): RegExp {
  return pattern.startsWith('(?i)') ? new RegExp(pattern.slice(4), 'i') : new RegExp(pattern)
}

function unique(complaints: string[]): string[] {
  return [...new Set(complaints)]
}
