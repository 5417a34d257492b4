/** The time of the router alone, in a tight loop in Node, which has the engine of workerd. */
import { TableRouter } from '../src/pipeline/tableRouter.ts'
import { median } from './stats.ts'
import { configNamed } from './workers/tables.ts'

const LOOPS = 15
const MATCHES = 100_000

const CALLS = [
  ['GET', '/api/v1/x/tweets/1234567890'],
  ['POST', '/api/v1/x/accounts'],
  ['POST', '/mcp'],
  ['GET', '/api/v1/area101/1234567890'],
  ['GET', '/api/v1/x/tweets/1234567890/part990'],
  ['GET', '/api/v1/nowhere/at/all'],
] as const

/**
 * The median microseconds of one match in a table of so many routes, over paths that match and one
 * that does not.
 */
export function routerMicros(routes: number): number {
  const router = new TableRouter<number>()
  for (const [index, { methods, segments }] of configNamed(String(routes)).routes.entries()) {
    for (const method of methods) router.add(method, `/${segments.join('/')}`, index)
  }
  let found = 0
  const loop = (): number => {
    const before = process.cpuUsage()
    for (let match = 0; match < MATCHES; match++) {
      for (const [method, path] of CALLS) found += router.match(method, path)[0].length
    }
    const { user, system } = process.cpuUsage(before)
    return (user + system) / (MATCHES * CALLS.length)
  }
  const micros = Array.from({ length: LOOPS }, loop)
  if (found === 0) throw new Error('the router found nothing')
  return median(micros)
}
