/** The cases that cannot run yet. An entry is removed when its feature is there. */

const PAYING = 'payments: the only method moves money on a chain, and the lab has none'
const CREDIT = 'prepaid credit: there is none yet'

/** An id, or the start of ids → the reason. */
const NOT_YET: Readonly<Record<string, string>> = {
  'FLT-': 'fault hooks: no binding here can be made to fail',
  'PAY-03': PAYING,
  'PAY-04': PAYING,
  'PAY-12': PAYING,
  'PAY-13': PAYING,
  'PAY-19': CREDIT,
}

/** The reason for which a case does not run, or undefined. */
export function notYet(id: string): string | undefined {
  return Object.entries(NOT_YET).find(([start]) => id.startsWith(start))?.[1]
}
