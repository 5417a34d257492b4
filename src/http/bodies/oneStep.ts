/** Reads a small body in one step of its call. See docs/decisions/0036. */
import type { Patience } from '../../lib/patience.ts'

/**
 * Resolves to all bytes of a small body, which the platform reads faster in one step than in
 * chunks. Rejects with `broken` of the cause if it breaks off, or with `late` after `ms`
 * milliseconds.
 */
export function readInOneStep(
  from: Request | Response,
  patience: Patience,
  ms: number,
  { late, broken }: { late: () => Error; broken: (cause: unknown) => Error },
): Promise<ArrayBuffer> {
  patience.limit(ms, late)
  const reading = from.arrayBuffer().catch((cause) => {
    throw broken(cause)
  })
  return patience.wait(reading)
}
