/** Medians of paired rounds, and how far they can be trusted. */

/** A median with its 95 % interval. */
export interface Estimate {
  value: number
  low: number
  high: number
}

const RESAMPLES = 2_000

/** The median of some numbers; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The median with a 95 % interval by the percentile bootstrap over the values. */
export function estimate(values: readonly number[]): Estimate {
  return bootstrap(median(values), () => median(resampled(values)))
}

/** The ratio of two medians of values that are no pairs. */
export function estimateRatio(
  numerator: readonly number[],
  denominator: readonly number[],
): Estimate {
  const value = median(numerator) / median(denominator)
  return bootstrap(value, () => median(resampled(numerator)) / median(resampled(denominator)))
}

/** `numerator / denominator` of each round, paired: what a noisy round adds to both falls out. */
export function ratios(numerator: readonly number[], denominator: readonly number[]): number[] {
  return numerator.map((value, round) => value / (denominator[round] ?? Number.NaN))
}

function bootstrap(value: number, again: () => number): Estimate {
  const found = Array.from({ length: RESAMPLES }, again).sort((a, b) => a - b)
  const at = (part: number) => found[Math.round(part * (RESAMPLES - 1))] ?? Number.NaN
  return { value, low: at(0.025), high: at(0.975) }
}

/** As many of the values, drawn with replacement. */
const resampled = (values: readonly number[]) =>
  values.map(() => values[Math.floor(Math.random() * values.length)] ?? Number.NaN)
