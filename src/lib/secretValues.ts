/**
 * Reads the values of a secret that is rotated without a gap. The platform shows no stored secret,
 * so a rotation adds one beside the old: NAME, NAME_2, … NAME_9.
 * See docs/decisions/0043.
 */

/** The most secrets of one name. */
export const MAX_SECRETS = 9

/** The names under which the values of a secret are stored. */
export function secretNames(name: string): string[] {
  const later = Array.from({ length: MAX_SECRETS - 1 }, (_, i) => `${name}_${i + 2}`)
  return [name, ...later]
}

/**
 * Returns a secret's values, the one to use for new things first. All of them are accepted. A value
 * that ends with "@" and a time (epoch seconds) is for new things only from then on, when every
 * isolate has it. `now` is in epoch milliseconds.
 */
export function secretValues(
  env: Readonly<Record<string, unknown>>,
  name: string,
  now: number,
): string[] {
  const found = secretNames(name).flatMap((one) => {
    const stored = env[one]
    if (typeof stored !== 'string' || stored === '') return []
    const [, value = stored, from = '0'] = /^(.*)@([0-9]{1,12})$/s.exec(stored) ?? []
    return [{ value, from: Number(from) * 1000 }]
  })
  const isActive = ({ from }: { from: number }) => from <= now
  const active = found.filter(isActive).sort((a, b) => b.from - a.from)
  const waiting = found.filter((one) => !isActive(one)).sort((a, b) => a.from - b.from)
  return [...active, ...waiting].map(({ value }) => value)
}
