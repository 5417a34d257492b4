/** The schema of the field `oauth`. */
import * as z from 'zod/mini'
import { duration, text } from './forms.ts'
import { limit } from './limitsSchema.ts'

/** Schemes that a browser or an operating system acts on itself. */
const TAKEN_SCHEMES =
  /^(?:javascript|data|blob|file|filesystem|vbscript|about|view-source|https?|wss?|intent)$/
const appScheme = text(
  (scheme) =>
    /^[a-z][a-z0-9+.-]{0,39}$/.test(scheme) && !TAKEN_SCHEMES.test(scheme) ? scheme : null,
  'is not the scheme of a program; write one in lower case, like "cursor", not a browser\'s own',
)
const programName = z
  .string()
  .check(z.regex(/^[^\p{C}\p{Z}](?:[^\p{C}]{0,38}[^\p{C}\p{Z}])?$/u, "must be a program's name"))

const grantedWords = z
  .string()
  .check(z.minLength(1, 'must say what it grants'), z.maxLength(200, 'is too long'))
const resourceSchema = z.strictObject({
  path: z.string().check(z.regex(/^(?:\/|(?:\/[A-Za-z0-9\-_]+)+)$/, 'must be a path, like "/mcp"')),
  scopes: z
    .record(
      z.string().check(z.regex(/^[A-Za-z0-9:._-]{1,100}$/, 'a scope must be like "mcp:tools"')),
      z.union(
        [
          grantedWords,
          z.strictObject({
            en: grantedWords,
            tr: z.optional(grantedWords),
            es: z.optional(grantedWords),
          }),
        ],
        'must be a text, or one for each language, like { en: "Read", tr: "Okumak", es: "Leer" }',
      ),
    )
    .check(z.refine((scopes) => Object.keys(scopes).length > 0, 'must have at least one scope')),
})

export const oauthSchema = z.strictObject({
  resources: z.tuple([resourceSchema], resourceSchema),
  code: duration,
  access: duration,
  refresh: duration,
  refreshLeeway: duration,
  consent: duration,
  appSchemes: z._default(z.record(appScheme, programName), {}),
  limits: z.strictObject({
    registrationsByAddress: limit,
    registrations: limit,
    lookUpsByAddress: z._default(limit, { count: 300, windowMs: 60_000 }),
    consents: limit,
    tokens: limit,
    presented: limit,
  }),
})
