/** The numbers that the page of usage shows, out of the sums of the store. */
import type { StatusClass } from '../../contract/heartbeat.ts'
import type { UsageSum } from '../../store/usage/usage.ts'

/** The classes in the order in which they are shown. */
export const STATUS_CLASSES = [
  '1xx',
  '2xx',
  '3xx',
  '4xx',
  '429',
  '5xx',
] as const satisfies readonly StatusClass[]

/** The requests of one bucket, route or credential. */
export interface UsageLine {
  name: string
  requests: number
  byStatus: ReadonlyMap<StatusClass, number>
}

/** The lines of one kind, those with the most requests first. */
export function linesOf(sums: readonly UsageSum[], by: UsageSum['by']): UsageLine[] {
  const lines = new Map<string, Map<StatusClass, number>>()
  for (const { name, status, requests } of sums.filter((sum) => sum.by === by)) {
    const line = lines.get(name) ?? new Map()
    lines.set(name, line.set(status, requests))
  }
  return [...lines]
    .map(([name, byStatus]) => ({ name, byStatus, requests: total(byStatus) }))
    .sort((a, b) => b.requests - a.requests)
}

/** All lines as one. */
export function totalOf(lines: readonly UsageLine[]): UsageLine {
  const byStatus = new Map<StatusClass, number>()
  for (const line of lines)
    for (const [status, requests] of line.byStatus)
      byStatus.set(status, requests + (byStatus.get(status) ?? 0))
  return { name: '', byStatus, requests: total(byStatus) }
}

const total = (byStatus: ReadonlyMap<StatusClass, number>): number =>
  [...byStatus.values()].reduce((sum, requests) => sum + requests, 0)

/** The least of 1, 2 and 5 times a power of ten that is at least `value`: the top of an axis. */
export function axisTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value) ?? value
}
