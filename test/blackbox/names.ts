/** Translates the neutral names of endpoints and fields in the shared cases into our own names. */
import type { Step } from './format.ts'

/** A step with our names: of paths, of form fields, and of what is read from pages. */
export function withOwnNames(step: Step): Step {
  const { send, expect, save } = step
  const { body } = send
  const { headers } = expect
  return {
    ...step,
    send: {
      ...send,
      target: ownTarget(send.target),
      ...(body === undefined ? {} : { body: ownForm(body) }),
    },
    expect: { ...expect, ...(headers && { headers: mapValues(headers, ownLocation) }) },
    ...(save && { save: mapValues(save, ownField) }),
  }
}

function ownTarget(target: string): string {
  return target
    .replace(/^\/login(?=\?|$)/, '/sign-in')
    .replace(/^\/logout(?=\?|$)/, '/sign-out')
    .replace(/^(\/sign-in\?)next=/, '$1return=')
    .replace(/^\/oauth\/(?=authorize|token|register|revoke)/, '/api/oauth/')
}

const ownForm = (body: string) =>
  body
    .replace('&csrf={{csrf}}', '&request={{csrf}}')
    .replace('&decision=allow', '&decision=approve')

const ownLocation = (pattern: string) => pattern.replaceAll('/login', '/sign-in')

const ownField = (how: string) => how.replace('body:name=csrf ', 'body:name="request" ')

function mapValues(record: Record<string, string>, change: (value: string) => string) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}
