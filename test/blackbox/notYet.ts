/** Cases about what the gateway cannot do yet. An entry goes when its feature comes. */

const PAYING = 'payments: the only method moves money on a chain, and the lab has none'
const CREDIT = 'prepaid credit: there is none yet'

/** Id, or the start of ids → why. */
const NOT_YET: Readonly<Record<string, string>> = {
  'FLT-': 'fault hooks: no binding here can be made to fail',
  'PAY-03': PAYING,
  'PAY-04': PAYING,
  'PAY-12': PAYING,
  'PAY-13': PAYING,
  'PAY-19': CREDIT,
}

/** Why a case is not run, or undefined. */
export function notYet(id: string): string | undefined {
  return Object.entries(NOT_YET).find(([start]) => id.startsWith(start))?.[1]
}
