import { expect, it } from 'vitest'
import { asProblem, Problem, type ProblemCode } from '../../../src/http/problem.ts'

/** Contract, section 3. */
const STATUSES: Record<ProblemCode, number> = {
  unauthenticated: 401,
  request_timeout: 408,
  already_created: 409,
  idempotency_key_reused: 422,
  invalid_json: 400,
  invalid_input: 400,
  invalid_id: 400,
  invalid_path: 400,
  multiple_credentials: 400,
  sign_in_link_invalid: 400,
  sign_in_elsewhere: 403,
  sign_in_code_invalid: 400,
  sign_in_code_spent: 400,
  sign_in_google_invalid: 400,
  email_not_verified: 403,
  account_not_admitted: 403,
  account_disabled: 403,
  invalid_request: 400,
  invalid_grant: 400,
  invalid_scope: 400,
  invalid_target: 400,
  unsupported_grant_type: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  client_document_unusable: 400,
  invalid_client: 401,
  payment_required: 402,
  payment_invalid: 402,
  api_key_limit_reached: 403,
  cross_site_request: 403,
  insufficient_scope: 403,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 413,
  uri_too_long: 414,
  misdirected_request: 421,
  rate_limit_exceeded: 429,
  headers_too_large: 431,
  internal_error: 500,
  origin_unavailable: 502,
  answer_too_large: 502,
  answer_uncountable: 502,
  payment_pending: 503,
  service_unavailable: 503,
  origin_timeout: 504,
}

it.each(Object.entries(STATUSES))('%s is %d, with a sentence for people', (code, status) => {
  const problem = new Problem(code as ProblemCode)
  expect(problem).toMatchObject({ code, status, fields: {}, headers: {} })
  expect(problem.message).toMatch(/^[A-Z].+\.$/)
  expect(problem.message).not.toBe(code)
})

it('carries the sentence, fields, headers and cause that it is given', () => {
  const cause = new Error('why')
  const problem = new Problem('invalid_input', {
    message: 'Bad name.',
    fields: { limit: 3 },
    headers: { allow: 'GET' },
    cause,
  })
  expect(problem).toMatchObject({
    message: 'Bad name.',
    fields: { limit: 3 },
    headers: { allow: 'GET' },
    cause,
  })
})

it('is an Error with a stack that names it', () => {
  const problem = new Problem('not_found')
  expect(problem).toBeInstanceOf(Error)
  expect(problem.name).toBe('Problem')
})

it('asProblem leaves a Problem as it is', () => {
  const problem = new Problem('not_found')
  expect(asProblem(problem)).toBe(problem)
})

it.each([new TypeError('secret'), 'text', undefined, null, 0, { status: 404, code: 'not_found' }])(
  'asProblem makes anything else the hidden cause of an internal_error: %j',
  (thrown) => {
    const problem = asProblem(thrown)
    expect(problem).toMatchObject({ code: 'internal_error', status: 500, fields: {}, headers: {} })
    expect(problem.cause).toBe(thrown)
    expect(problem.message).toBe(new Problem('internal_error').message)
  },
)
