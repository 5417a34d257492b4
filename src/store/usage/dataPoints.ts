/** A data point for each request, for Workers Analytics Engine. Optional: see docs/limits.md. */
import type { Env } from '../env.ts'
import type { UseOf } from '../heartbeat/heart.ts'

/**
 * Writes a request's data point, if the dataset is bound: index1 is the account or payer; blob1 to
 * blob3 are credential, route and class of the status; double1 is 1, and double2 the time until the
 * answer began, in milliseconds. The platform samples points, so D1's usage is the exact one.
 */
export function writeDataPoint(
  { REQUESTS }: Env,
  owner: string,
  { credential, route, status }: UseOf,
  durationMs: number,
): void {
  REQUESTS?.writeDataPoint({
    indexes: [owner],
    blobs: [credential, route, status],
    doubles: [1, durationMs],
  })
}
