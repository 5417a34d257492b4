/** The errors that callers see: a code for programs, a sentence for people, a cause for the log. */
import type { Sentence } from '../lib/locale.ts'

/** Each code, with its HTTP status and its sentence. */
const PROBLEM_CODES = {
  multiple_credentials: [400, 'Send only one credential of each kind.'],
  invalid_json: [400, 'The body is not valid JSON.'],
  invalid_input: [400, 'The request is not valid.'],
  invalid_id: [400, 'The id is not valid.'],
  invalid_path: [400, 'The path can be read in more than one way. Send it in its plain form.'],
  sign_in_link_invalid: [400, 'This link has expired or was already used. Ask for a new one.'],
  sign_in_elsewhere: [
    403,
    'Open this link in the browser that asked for it, or type the code of the mail on the page ' +
      'that waits there. Type it only on a page where you asked for the mail yourself.',
  ],
  sign_in_code_invalid: [
    400,
    'This browser has no mail with a code that is still valid. Ask for a new mail.',
  ],
  sign_in_code_spent: [400, 'Too many wrong codes. The link in the mail still works here.'],
  sign_in_google_invalid: [
    400,
    'The sign-in with Google was not finished, has expired, was already used, or was begun in ' +
      'another browser. Start again.',
  ],
  email_not_verified: [
    403,
    'Google does not vouch for your e-mail address. Sign in by mail instead.',
  ],
  account_not_admitted: [
    403,
    'There is no account with this e-mail address, and new ones are not made for it. Ask the ' +
      'people who run this API.',
  ],
  account_disabled: [403, 'This account is disabled. Ask the people who run this API.'],
  invalid_request: [400, 'The request is not valid.'],
  invalid_grant: [400, 'The code or token is not valid.'],
  invalid_scope: [400, 'The requested scope cannot be granted.'],
  invalid_target: [400, 'The gateway does not protect this resource.'],
  unsupported_grant_type: [400, 'The grant type must be authorization_code or refresh_token.'],
  invalid_redirect_uri: [400, 'A redirect URI is not valid.'],
  client_document_unusable: [400, "The application's metadata document cannot be used."],
  invalid_client_metadata: [400, "The client's metadata is not valid."],
  payment_required: [402, 'This call costs money: pay, or call with a key.'],
  payment_invalid: [402, 'The payment was not accepted.'],
  unauthenticated: [401, 'A valid credential is required.'],
  invalid_client: [401, 'The client is unknown, or its secret is wrong.'],
  request_timeout: [408, 'The request body did not arrive in time. Send it again without pauses.'],
  already_created: [
    409,
    'This Idempotency-Key has created a key that is in use or has ended. Use that key, or ' +
      'send a new Idempotency-Key.',
  ],
  idempotency_key_reused: [
    422,
    'This Idempotency-Key was sent before for another call or body. Send a new one.',
  ],
  api_key_limit_reached: [403, 'You have reached the limit of active API keys. Revoke one first.'],
  cross_site_request: [403, 'A request with a session cookie must come from this site.'],
  insufficient_scope: [
    403,
    'The credential does not carry the required scope. Ask for a token with it.',
  ],
  not_found: [404, 'Nothing has this address. Check it for a mistake.'],
  method_not_allowed: [405, 'This path does not accept this method.'],
  payload_too_large: [413, 'The request body is too large.'],
  uri_too_long: [414, 'The URL is too long.'],
  misdirected_request: [421, 'This gateway does not serve that host.'],
  rate_limit_exceeded: [429, 'Too many requests. Wait, then try again.'],
  headers_too_large: [431, 'The request headers are too large.'],
  internal_error: [
    500,
    'Something went wrong on our side. If it happens again, tell the people who run this API ' +
      'the x-request-id.',
  ],
  origin_unavailable: [
    502,
    'The service behind this route could not be reached, or its answer could not be passed on. ' +
      'A read can be repeated; check first whether a write was done.',
  ],
  answer_too_large: [502, 'The answer is too large to be sold on this route. Ask for less.'],
  answer_uncountable: [
    502,
    'The service did not say how many results its answer has. Tell the people who run this ' +
      'API.',
  ],
  payment_pending: [503, 'The payment is still being checked. Wait, then call again.'],
  service_unavailable: [503, 'A part of the gateway is unavailable. Try again shortly.'],
  origin_timeout: [
    504,
    'The service behind this route took too long to answer. A read can be repeated; check first ' +
      'whether a write was done.',
  ],
} as const satisfies Record<string, readonly [status: number, message: string]>

/** The sentence of `payment_required` at a route that takes no keys. */
export const PAY_ONLY = 'This call costs money: pay as its challenge says.'

export type ProblemCode = keyof typeof PROBLEM_CODES

export interface ProblemOptions {
  /** Replaces the code's default sentence. The caller reads it, so it says nothing internal. */
  message?: string
  /** More members of the JSON body, beside `error` and `message`. */
  fields?: Record<string, string | number | boolean>
  /** More headers of the answer. */
  headers?: Record<string, string>
  /** The reason, for the log only. */
  cause?: unknown
  /** Why a request was refused, for the log only: an answer must not tell a guesser. */
  reason?: RefusalReason
  /** The message in every language, for a page. Default: the sentence of the code. */
  inWords?: Sentence
}

/**
 * Why a request was refused. `not_ours`: we did not mint the credential; `not_valid`: it is
 * unknown, revoked or expired; `key_in_query`, `key_in_header`: a key was sent where keys are not
 * read; `body_broken_off`: the client did not send its whole body.
 */
export type RefusalReason =
  | 'no_credential'
  | 'unknown_scheme'
  | 'payment_not_taken'
  | 'key_in_query'
  | 'key_in_header'
  | 'body_broken_off'
  | `${'api_key' | 'session' | 'oauth'}_${'not_taken' | 'not_ours' | 'not_valid'}`

/** A link to the next step. */
export interface WayOn {
  href: string
  words: Sentence
}

/** An error that a stage or an endpoint throws to end a request. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly fields: Record<string, string | number | boolean>
  readonly headers: Record<string, string>
  readonly reason: RefusalReason | undefined
  /** The message in every language, if it is not the sentence of the code. Only a page has it. */
  readonly inWords: Sentence | undefined
  /** Where a page leads on to from here. Only a page has it. */
  link: WayOn | undefined

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.message ?? PROBLEM_CODES[code][1], { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.status = PROBLEM_CODES[code][0]
    this.fields = options.fields ?? {}
    this.headers = options.headers ?? {}
    this.reason = options.reason
    this.inWords = options.inWords
  }
}

/** Returns a Problem unchanged, and anything else as the cause of an `internal_error`. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem('internal_error', { cause: error })
}
