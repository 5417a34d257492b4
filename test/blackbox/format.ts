/**
 * The format of black-box cases (cases.json). An unknown field is an error, because it would
 * promise a check that never runs.
 */
import * as z from 'zod/mini'

const strings = z.array(z.string())
const statuses = z.array(z.int())
const record = z.record(z.string(), z.string())
const pairs = z.array(z.tuple([z.string(), z.string()]))

const sendSchema = z.strictObject({
  /**
   * "fetch": an ordinary HTTP client. "raw": bytes on a socket, with exactly this target and
   * headers.
   */
  transport: z.enum(['fetch', 'raw']),
  method: z._default(z.string(), 'GET'),
  target: z._default(z.string(), '/'),
  headers: z._default(pairs, []),
  /** The `Host` header (raw only). */
  host: z.optional(z.string()),
  body: z.optional(z.string()),
  bodyBase64: z.optional(z.string()),
  /** Whether the body is sent without a declared length (fetch only). */
  chunked: z._default(z.boolean(), false),
  /** A whole request, byte for byte. */
  rawRequest: z.optional(z.string()),
  /** `{{fill}}` is `char` repeated `count` times. */
  fill: z.optional(z.strictObject({ char: z.string(), count: z.int() })),
  /** Sends `Authorization: Payment …`, built from a saved challenge. */
  credential: z.optional(
    z.strictObject({
      from: z.string(),
      set: z.optional(record),
      payload: z.optional(z.record(z.string(), z.unknown())),
    }),
  ),
})

/**
 * The requests that an upstream recorded during one step. `…IfHit` is checked only if there was
 * one.
 */
const hitsSchema = z.strictObject({
  hits: z.optional(z.int()),
  max: z.optional(z.int()),
  /** The number of requests that arrived completely. */
  completed: z.optional(z.int()),
  method: z.optional(z.string()),
  target: z.optional(z.string()),
  targetIfHit: z.optional(z.string()),
  bodyIfHit: z.optional(z.string()),
  header: z.optional(record),
  headerIfHit: z.optional(record),
  noHeader: z.optional(strings),
  noHeaderValue: z.optional(strings),
  noTarget: z.optional(strings),
})

const expectSchema = z.strictObject({
  status: z.optional(statuses),
  statusOr: z.optional(z.array(z.union([z.int(), statuses]))),
  statusMin: z.optional(z.int()),
  notStatus: z.optional(statuses),
  /**
   * The statuses of all answers of a repeated or parallel step: `onlyStatus`, `anyStatus`, `count`.
   */
  onlyStatus: z.optional(statuses),
  anyStatus: z.optional(statuses),
  count: z.optional(
    z.strictObject({
      status: statuses,
      equals: z.optional(z.int()),
      max: z.optional(z.int()),
    }),
  ),
  /** The client must notice that the body is truncated, or get one of these statuses. */
  truncatedOr: z.optional(statuses),
  /** JSON member → regular expression for its whole value. */
  json: z.optional(record),
  /** Header → regular expression. */
  headers: z.optional(record),
  noHeaders: z.optional(strings),
  noHeaderValue: z.optional(strings),
  bodyNot: z.optional(strings),
  maxMs: z.optional(z.number()),
  firstByteMs: z.optional(z.number()),
  /** There is no authorization code in `Location`. */
  noCode: z.optional(z.boolean()),
  /** Query parameter of `Location` → value. */
  location: z.optional(record),
  /** The answer equals that of the step with this fingerprint. */
  sameAs: z.optional(z.string()),
  origin: z.optional(hitsSchema),
  originB: z.optional(hitsSchema),
})

const requestStepSchema = z.strictObject({
  send: sendSchema,
  expect: z._default(expectSchema, {}),
  repeat: z.optional(z.int()),
  parallel: z.optional(z.int()),
  /**
   * Name → "json:path", "header:name", "cookie:name", "challenge", "body:regex" or
   * "location:param".
   */
  save: z.optional(record),
  fingerprint: z.optional(z.string()),
  timing: z.optional(z.string()),
  timingWithinMs: z.optional(z.strictObject({ of: z.string(), ms: z.number() })),
})

const stepSchema = z.union([z.strictObject({ macro: z.string() }), requestStepSchema])

/** A case. All other fields are prose. */
const caseSchema = z.looseObject({
  id: z.string(),
  title: z.string(),
  /** The case needs a binding that can be made to fail, and there is none. */
  needsHook: z.optional(z.boolean()),
})

const fileSchema = z.looseObject({
  assumes: z.optional(z.looseObject({ vars: z.optional(record) })),
  macros: z.optional(z.record(z.string(), z.array(stepSchema))),
  cases: z.array(caseSchema).check(z.minLength(1)),
})

export type Send = z.infer<typeof sendSchema>
export type Expect = z.infer<typeof expectSchema>
export type ExpectedHits = z.infer<typeof hitsSchema>
export type Step = z.infer<typeof requestStepSchema>
export type Case = z.infer<typeof caseSchema>
export type CaseFile = z.infer<typeof fileSchema>

/**
 * Reads a file of cases from JSON. Throws a sentence if it is none. `stepsOf` reads the steps
 * later.
 */
export function parseCaseFile(json: string): CaseFile {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw new Error('this is no file of cases: it is not JSON', { cause: error })
  }
  const result = fileSchema.safeParse(value)
  if (!result.success) throw new Error(`this is no file of cases: ${z.prettifyError(result.error)}`)
  return result.data
}

/**
 * The steps of a case in order, with macros expanded. Throws a sentence about a step that cannot
 * run.
 */
export function stepsOf(one: Case, file: CaseFile): Step[] {
  const result = z.array(stepSchema).safeParse(one.steps)
  if (!result.success) throw new Error(`steps: ${z.prettifyError(result.error)}`)
  return result.data.flatMap((step) => expand(step, file))
}

function expand(step: z.infer<typeof stepSchema>, file: CaseFile): Step[] {
  if (!('macro' in step)) return [step]
  const macro = file.macros?.[step.macro]
  if (macro === undefined) throw new Error(`there is no macro "${step.macro}"`)
  return macro.flatMap((inner) => expand(inner, file))
}
