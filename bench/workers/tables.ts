/**
 * The tables of routes that are measured: the one that ships, and two that differ in nothing but
 * their length.
 */
import type { Config, Route } from '../../src/config/config.ts'
import { bySpecificity } from '../../src/config/pattern.ts'
import shipped from '../../src/gateway.config.ts'
import type { Limit } from '../../src/limits/limit.ts'

/** More requests than a run sends: limits are counted and refuse nothing. */
const ENOUGH = 999_999_999

/** The one route that keeps its limits, 3 writes in a window: what it refuses is measured. */
const LIMITED_ROUTE = 'POST /x/accounts'

/** The routes of a short table: one for each kind of call. */
const SHORT_TABLE = new Set([
  'GET /x/tweets/:id',
  'GET /x/users/:id',
  'GET /x/tweets/search',
  'GET /radar',
  'GET /webhooks/:id/deliveries',
  '* /x/*',
  '* /drafts/*',
  '* /webhooks/*',
  '* /mcp',
  LIMITED_ROUTE,
])

/**
 * A config of the bench: "shipped"; "strangers", which also has the shipped limits of strangers; or
 * the number of routes, ten or more.
 */
export function configNamed(name: string): Config {
  const routes = shipped.routes.map(asMeasured)
  if (name === 'strangers') return { ...shipped, routes }
  return {
    ...shipped,
    unauthenticatedLimits: raised(shipped.unauthenticatedLimits),
    unpaidLimits: raised(shipped.unpaidLimits),
    routes: name === 'shipped' ? routes : tableOf(Number(name), routes),
  }
}

/** A shipped route before the bench's origin, with limits that are counted and refuse nothing. */
function asMeasured(route: Route): Route {
  const { target } = route
  const origin = 'origin' in target && { ...target.origin, location: { service: 'ORIGIN' } }
  const change = route.id === LIMITED_ROUTE ? heldForADay : raised
  const { read, write, delete: erase } = route.limits
  return {
    ...route,
    target: origin ? { origin } : target,
    limits: { read: change(read), write: change(write), delete: change(erase) },
  }
}

const raised = (limits: readonly Limit[]) => limits.map((limit) => ({ ...limit, count: ENOUGH }))

const DAY_MS = 86_400_000

/** The limits as they are, with windows that do not end during a run. */
const heldForADay = (limits: readonly Limit[]) =>
  limits.map((limit) => ({ ...limit, windowMs: DAY_MS }))

/** A table of so many routes. The first ten are called; the others only stand there. */
function tableOf(length: number, routes: readonly Route[]): Route[] {
  const called = routes.filter(({ id }) => SHORT_TABLE.has(id))
  const model = called.find(({ id }) => id === 'GET /radar')
  if (model === undefined || called.length !== SHORT_TABLE.size)
    throw new Error('a route of the short table is not in the shipped one any more')
  const others = Array.from({ length: length - called.length }, (_, index) => other(model, index))
  return [...called, ...others].sort(bySpecificity)
}

/** Half of the others are beside the routes that are called, half of them elsewhere. */
function other(model: Route, index: number): Route {
  const path = index % 2 === 0 ? `x/tweets/:id/part${index}` : `area${index}/:id`
  const base = shipped.basePath.slice(1).split('/')
  return { ...model, id: `GET /${path}`, segments: [...base, ...path.split('/')] }
}
