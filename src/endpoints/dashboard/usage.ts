/** `/dashboard/usage`: what the account was used for, as a page and as CSV. */
import { Hono } from 'hono/tiny'
import type { Config } from '../../config/config.ts'
import { Problem } from '../../http/problem.ts'
import type { CsvCell } from '../../lib/csv.ts'
import { memoize } from '../../lib/memoize.ts'
import { isoTime } from '../../lib/time.ts'
import { DASHBOARD_PATHS } from '../../pages/dashboard/paths.ts'
import { credentialName, shownUsage } from '../../pages/dashboard/usage.tsx'
import { USAGE_SPAN_NAMES, type UsageAsked } from '../../pages/dashboard/usageForm.tsx'
import { STATUS_CLASSES } from '../../pages/dashboard/usageNumbers.ts'
import type { App } from '../../pipeline/app.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import {
  type Bucket,
  type BucketSize,
  HOUR_MS,
  hourOfUse,
  lastBuckets,
} from '../../store/usage/buckets.ts'
import { selectUsage, sumUsage, type UsageRow } from '../../store/usage/usage.ts'
import { csvFile, inParts } from './csv.ts'
import { signedIn } from './signedIn.ts'

/** The buckets of each time that can be chosen. */
const SPANS = {
  '24h': ['hour', 24],
  '7d': ['day', 7],
  '30d': ['day', 30],
  '12m': ['month', 12],
} as const satisfies Record<UsageAsked['span'], readonly [BucketSize, number]>

/** How many rows of the CSV one query reads. */
const ROWS_AT_ONCE = 5_000
const CREDENTIAL = /^(?:key [1-9][0-9]{0,17}|grant [\w-]{1,64}|session)$/
const MAX_ROUTE_ID = 500

const COLUMNS = ['from', 'to', 'credential', 'name', 'route', 'status', 'requests']

/** The page with its filters, and the same usage as CSV. */
export function usagePages(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()

  /** Everything that an account can choose from, read when its newest usage is in D1. */
  const choicesOf = async (call: Call, accountId: string) => {
    await isolate.hearts.flush(call.env, accountId, call.waitUntil)
    const [keys, apps] = await Promise.all([
      isolate.apiKeys.list(call.env, accountId),
      isolate.grants.list(call.env, accountId, Date.now()),
    ])
    return { keys, apps, routes: routesOf(config) }
  }

  app.get(
    DASHBOARD_PATHS.usage,
    signedIn(config, isolate, async (call, view, { accountId }) => {
      const asked = readAsked(call)
      const choices = await choicesOf(call, accountId)
      const now = Date.now()
      const { size, buckets, whole } = timeOf(asked, now)
      const usage = await sumUsage(call.env, accountId, whole, size, asked.filter)
      const starts = buckets.map(({ start }) => start)
      return shownUsage(view, { ...choices, asked, size, starts, usage, now })
    }),
  )

  app.get(
    DASHBOARD_PATHS.usageCsv,
    signedIn(config, isolate, async (call, view, { accountId }) => {
      const asked = readAsked(call)
      const choices = await choicesOf(call, accountId)
      const { buckets, whole } = timeOf(asked, Date.now())
      const read = (bucket: Bucket) =>
        inParts<UsageRow>(ROWS_AT_ONCE, (after) =>
          selectUsage(call.env, accountId, bucket, asked.filter, ROWS_AT_ONCE, after),
        )
      async function* parts(): AsyncGenerator<CsvCell[][], void> {
        for (const bucket of buckets.toReversed()) {
          const [from, to] = [textOf(bucket.start), textOf(bucket.end)]
          for await (const rows of read(bucket))
            yield rows.map(({ credential, route, status, requests }) => {
              const name = credentialName(view, credential, choices)
              return [from, to, credential, name, route, status, requests]
            })
        }
      }
      const name = `usage-${textOf(whole.start).slice(0, 10)}-${asked.span}.csv`
      return csvFile(name, COLUMNS, parts())
    }),
  )

  return app
}

/** The buckets of the time that was asked for, the latest first, and all of them as one. */
function timeOf({ span }: UsageAsked, now: number) {
  const [size, count] = SPANS[span]
  const hour = hourOfUse(now)
  const buckets = lastBuckets(hour, size, count)
  const whole = { start: buckets.at(-1)?.start ?? hour, end: buckets[0]?.end ?? hour }
  return { size, buckets, whole }
}

/** Reads the query. Throws invalid_input for what the form does not send. */
function readAsked({ target }: Call): UsageAsked {
  const query = new URLSearchParams(target.query)
  const given = (name: string) => query.get(name) || null
  const oneOf = <T extends string>(value: string | null, known: readonly T[]): T | null => {
    const found = known.find((one) => one === value) ?? null
    if (found !== value) throw new Problem('invalid_input')
    return found
  }
  const [credential, route] = [given('credential'), given('route')]
  if (credential !== null && !CREDENTIAL.test(credential)) throw new Problem('invalid_input')
  if (route !== null && route.length > MAX_ROUTE_ID) throw new Problem('invalid_input')
  return {
    span: oneOf(given('span'), USAGE_SPAN_NAMES) ?? '24h',
    filter: { credential, route, status: oneOf(given('status'), STATUS_CLASSES) },
  }
}

/** The ids of the routes that an account can call. */
const routesOf = memoize(({ routes }: Config): string[] => [
  ...new Set(
    routes
      .filter(({ auth }) => auth.some((kind) => kind !== 'anonymous' && kind !== 'payment'))
      .map(({ id }) => id),
  ),
])

/** Hours since the epoch → "2026-11-28T13:00:00Z". */
const textOf = (hour: number): string => `${isoTime(hour * HOUR_MS).slice(0, 19)}Z`
