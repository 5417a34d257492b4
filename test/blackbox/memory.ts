/** The memory of a case from step to step: values, challenges, fingerprints and timings. */
import { type Answer, headerValues } from './answer.ts'

export interface Memory {
  values: Map<string, string>
  challenges: Map<string, Record<string, string>>
  /** Answers as text, by the name of the fingerprint. */
  fingerprints: Map<string, string>
  /** The median time of a step, in milliseconds, by the name of the timing. */
  timings: Map<string, number>
}

/** The memory of a case at its start. */
export function createMemory(values: Record<string, string>): Memory {
  return {
    values: new Map(Object.entries(values)),
    challenges: new Map(),
    fingerprints: new Map(),
    timings: new Map(),
  }
}

/** Saves a part of an answer under a name. Throws a sentence if the answer has no such part. */
export function save(memory: Memory, name: string, how: string, answer: Answer): void {
  const colon = how.indexOf(':')
  const [kind, what] = colon < 0 ? [how, ''] : [how.slice(0, colon), how.slice(colon + 1)]
  if (kind === 'challenge') {
    memory.challenges.set(
      name,
      parseChallenge(headerValues(answer.headers, 'www-authenticate')[0] ?? ''),
    )
    return
  }
  const value = readPart(kind, what, answer)
  if (value === null || value === undefined) throw new Error(`cannot save ${name}: no ${how}`)
  memory.values.set(name, value)
}

function readPart(kind: string, what: string, answer: Answer): string | null | undefined {
  switch (kind) {
    case 'json':
      return jsonMember(answer.body, what)
    case 'header':
      return headerValues(answer.headers, what)[0]
    case 'body':
      return new RegExp(what).exec(answer.body)?.[1]
    case 'cookie': {
      const [cookie = ''] = headerValues(answer.headers, 'set-cookie')
      return new RegExp(`${what}=([^;]*)`).exec(cookie)?.[1]
    }
    case 'location': {
      const [location = ''] = headerValues(answer.headers, 'location')
      return new URL(location, 'http://gateway').searchParams.get(what)
    }
    default:
      throw new Error(`there is no "${kind}" to save`)
  }
}

function jsonMember(body: string, name: string): string | undefined {
  const value = (JSON.parse(body) as Record<string, unknown>)[name]
  return value === undefined ? undefined : String(value)
}

/** The parameters of a `WWW-Authenticate: Payment …` header. */
function parseChallenge(header: string): Record<string, string> {
  const parameters = header.replace(/^Payment\s+/i, '').matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"/g)
  return Object.fromEntries([...parameters].map(([, name = '', value = '']) => [name, value]))
}
