/**
 * The times that usage is kept by. A row of D1 is of an hour; the cron moves what is older into one
 * row for the day, and what is older still into one for the month, under its first hour.
 * See docs/decisions/0042. All times are UTC.
 */

/** The sizes of the times that usage is shown by. */
export type BucketSize = 'hour' | 'day' | 'month'

/** A time of usage, in hours since the epoch: from `start`, and before `end`. */
export interface Bucket {
  start: number
  end: number
}

export const HOUR_MS = 3_600_000
const DAY_HOURS = 24
/** For how long the hours of a day, and the days of a month, are kept apart after its end. */
const HOURS_KEPT = DAY_HOURS
const DAYS_KEPT = 31 * DAY_HOURS
/** How long usage is kept, in hours. */
export const USAGE_HOURS = 400 * DAY_HOURS

/** Epoch milliseconds → hours since the epoch. */
export const hourOfUse = (ms: number): number => Math.floor(ms / HOUR_MS)

/** The bucket that an hour is in. */
export function bucketOf(hour: number, size: BucketSize): Bucket {
  if (size === 'hour') return { start: hour, end: hour + 1 }
  if (size === 'day') {
    const start = hour - (hour % DAY_HOURS)
    return { start, end: start + DAY_HOURS }
  }
  const date = new Date(hour * HOUR_MS)
  const month = (later: number) =>
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later) / HOUR_MS
  return { start: month(0), end: month(1) }
}

/** The last `count` buckets, the one of `hour` with them, the latest first. */
export function lastBuckets(hour: number, size: BucketSize, count: number): Bucket[] {
  const buckets: Bucket[] = []
  let end = hour
  while (buckets.length < count) {
    const bucket = bucketOf(end, size)
    buckets.push(bucket)
    end = bucket.start - 1
  }
  return buckets
}

/** The days and months whose usage is old enough at `hour` to be kept as one, the latest first. */
export function mergedBuckets(hour: number): Bucket[] {
  const buckets: Bucket[] = []
  let { start } = bucketOf(hour - HOURS_KEPT, 'day')
  while (start > hour - USAGE_HOURS) {
    const month = bucketOf(start - 1, 'month')
    const isOld = month.end <= hour - DAYS_KEPT
    const bucket = isOld ? month : bucketOf(start - 1, 'day')
    buckets.push(bucket)
    start = bucket.start
  }
  return buckets
}
