/** The schema of the config file: each field's form, and the sentence that says what is right. */
import * as z from 'zod/mini'
import { mayDemand, mayForward } from '../http/headers.ts'
import { parseEmail } from '../lib/email.ts'
import { CREDENTIAL_KINDS, ENDPOINT_NAMES } from './file.ts'
import { bindingName, duration, durationUpTo, text } from './forms.ts'
import { isKeyHeader, isKeyPattern, isKeyPrefix } from './keyForms.ts'
import { heartbeatSchema, limit, sharedLimit } from './limitsSchema.ts'
import { oauthSchema } from './oauthSchema.ts'
import { paymentsSchema, priceFields } from './paymentsSchema.ts'
import { siteSchema } from './site.ts'
import { parseHost, parseOrigin, parseOriginUrl, parsePublicUrl } from './urls.ts'

const size = text(parseSize, 'is not a size; write one like "512b", "64kb", "1mb", at most "100mb"')
/** The name of an origin or a tier. The RateLimit headers contain the names of tiers. */
const name = z
  .string()
  .check(
    z.regex(
      /^[a-z][a-zA-Z0-9]{0,39}$/,
      'must be a name: at most 40 letters and digits, a lower-case letter first, like "myApi"',
    ),
  )
const httpsUrl = text(
  (value) => (parseOriginUrl(value) === null ? null : value),
  'must be an https URL without user, password and query (http only on loopback)',
)
const headerName = text(
  (name) => (mayForward(name) ? name : null),
  'cannot be forwarded; write a lower-case header name, neither of a credential nor of the gateway',
)

const secretHeaderName = text(
  (name) => (mayDemand(name) ? name : null),
  'cannot be set; write a lower-case header name that the gateway does not set itself',
)

const keyHeader = text(
  (name) => (isKeyHeader(name) ? name : null),
  'cannot carry keys; write a lower-case header name that nothing else uses, like "acme-api-key"',
)

const importedKeys = z.strictObject({
  prefix: text(
    (prefix) => (isKeyPrefix(prefix) ? prefix : null),
    'is not a prefix; write 2 to 32 letters, digits, "_" or "-", not all hexadecimal: "sk_live_"',
  ),
  pattern: text(
    (pattern) => (isKeyPattern(pattern) ? pattern : null),
    'is not a pattern of 16 to 256 characters; write one like "[0-9a-f]{32}", "[A-Za-z0-9]{24,32}"',
  ),
})
const bodiesSchema = z._default(
  z.strictObject({
    unpaid: z._default(size, 65_536),
    unpaidTime: z._default(duration, 10_000),
    idle: z._default(duration, 60_000),
  }),
  { unpaid: 65_536, unpaidTime: 10_000, idle: 60_000 },
)
const originSchema = z.strictObject({
  url: z.optional(httpsUrl),
  urlFrom: z.optional(bindingName),
  service: z.optional(bindingName),
  basePath: z._default(z.enum(['keep', 'strip']), 'keep'),
  audience: z.optional(z.string().check(z.minLength(1, 'must not be empty'))),
  requestHeaders: z._default(z.array(headerName), []),
  secretHeaders: z._default(z.record(secretHeaderName, bindingName), {}),
})

const routeSchema = z.strictObject({
  route: z.string(),
  root: z._default(z.boolean(), false),
  auth: z
    .array(z.enum(CREDENTIAL_KINDS))
    .check(z.minLength(1, 'must name at least one kind of credential')),
  origin: z.optional(z.string()),
  endpoint: z.optional(z.enum(ENDPOINT_NAMES)),
  protocol: z._default(z.enum(['http', 'mcp']), 'http'),
  tier: z.optional(z.string()),
  limits: z._default(z.array(sharedLimit), []),
  timeout: z.optional(duration),
  body: z.optional(size),
  unpaidBody: z.optional(size),
  websocket: z._default(z.boolean(), false),
  encodedIds: z._default(z.boolean(), false),
  ...priceFields,
  scope: z.optional(z.string()),
})

/** An address as it stands: in a config, a name beside it would be lost without a word. */
function parseOwnEmail(written: string): string | null {
  const email = parseEmail(written)
  return email === written.toLowerCase() ? email : null
}

/** A domain as an e-mail address has it behind its "@", in its one spelling. */
const emailDomain = z
  .string()
  .check(
    z.refine(
      (domain) => parseOwnEmail(`a@${domain}`) === `a@${domain}`,
      'must be like "example.com"',
    ),
  )
const accountPolicy = z.union(
  [
    z.enum(['open', 'closed']),
    z.strictObject({
      domains: z
        .array(emailDomain)
        .check(z.minLength(1, 'must have at least one'), z.maxLength(50, 'must be at most 50')),
    }),
  ],
  'must be "open", "closed", or like { domains: ["example.com"] }, each domain in lower case',
)

export const configSchema = z.strictObject({
  publicUrl: text(
    parsePublicUrl,
    'must be an https URL without a path, like "https://api.example.com" (http only on loopback)',
  ),
  realm: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/,
          'must be visible ASCII without quotes and blanks',
        ),
      ),
  ),
  hosts: z._default(
    z.array(
      text(
        parseHost,
        'must be a lower-case host name, like "api.example.com", without scheme, port or "*"',
      ),
    ),
    [],
  ),
  basePath: z.string().check(z.regex(/^(?:\/[A-Za-z0-9\-_]+)*$/, 'must be "" or like "/api/v1"')),
  lease: durationUpTo('60s'),
  stretch: z._default(durationUpTo('1h'), 0),
  site: z._default(siteSchema, { logo: '/assets/logo.svg', colour: '#1d4ed8' }),
  apiKeys: z.strictObject({
    prefix: z
      .string()
      .check(z.regex(/^[a-z0-9]{1,8}_$/, 'must be 1 to 8 of a-z0-9 and a "_", like "xq_"')),
    limit: z
      .int()
      .check(z.minimum(1, 'must be at least 1'), z.maximum(10_000, 'must be at most 10000')),
    acceptUntagged: z._default(z.boolean(), false),
    headers: z._default(z.array(keyHeader).check(z.maxLength(8, 'must be at most 8')), []),
    imported: z._default(z.array(importedKeys).check(z.maxLength(8, 'must be at most 8')), []),
  }),
  sessions: z.strictObject({
    cookie: z
      .string()
      .check(
        z.regex(
          /^[A-Za-z0-9_-]{1,64}$/,
          'must be a cookie name of letters, digits, "_" and "-", like "session_token"',
        ),
      ),
    idle: duration,
    absolute: duration,
  }),
  owners: z._default(
    z
      .array(text(parseOwnEmail, 'must be an e-mail address, like "owner@example.com"'))
      .check(z.maxLength(50, 'must be at most 50')),
    [],
  ),
  signIn: z.optional(
    z.strictObject({
      accounts: z._default(accountPolicy, 'open'),
      google: z.optional(
        z.strictObject({
          clientId: z
            .string()
            .check(z.regex(/^[\x21-\x7e]{1,200}$/, 'must be a client id, of visible ASCII')),
          secretFrom: z._default(bindingName, 'GOOGLE_CLIENT_SECRET'),
          issuer: z._default(httpsUrl, 'https://accounts.google.com'),
        }),
      ),
      link: duration,
      emailLimit: limit,
      addressLimit: limit,
      totalLimit: z.optional(limit),
    }),
  ),
  mail: z.optional(
    z.strictObject({
      from: text(parseOwnEmail, 'must be an e-mail address, like "sign-in@example.com"'),
      binding: z._default(bindingName, 'MAIL'),
    }),
  ),
  tiers: z.record(name, sharedLimit),
  heartbeat: heartbeatSchema,
  bodies: bodiesSchema,
  addressLimits: z.strictObject({ unauthenticated: limit, unpaid: z.optional(limit) }),
  cors: z._default(
    z.strictObject({
      origins: z.array(
        text(
          parseOrigin,
          'must be an exact origin, like "https://app.example.com", without "*", path and last "/"',
        ),
      ),
      exposedHeaders: z._default(
        z.array(
          z.string().check(z.regex(/^[A-Za-z0-9-]{1,100}$/, 'must be a header, like "X-Total"')),
        ),
        [],
      ),
    }),
    { origins: [], exposedHeaders: [] },
  ),
  payments: z.optional(paymentsSchema),
  oauth: z.optional(oauthSchema),
  origins: z.record(name, originSchema),
  routes: z.array(routeSchema).check(z.minLength(1, 'must have at least one route')),
})

export type ParsedConfig = z.infer<typeof configSchema>
export type ParsedRoute = ParsedConfig['routes'][number]

function parseSize(value: string): number | null {
  const match = /^([1-9][0-9]{0,8})(b|kb|mb)$/.exec(value)
  if (match === null) return null
  const bytes = Number(match[1]) * (match[2] === 'mb' ? 1_048_576 : match[2] === 'kb' ? 1024 : 1)
  return bytes <= 104_857_600 ? bytes : null
}
