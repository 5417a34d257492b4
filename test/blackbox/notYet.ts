/** Cases about what the gateway cannot do yet. An entry goes when its feature comes. */

const OAUTH = 'OAuth: no tokens, no authorization server yet'
const PAYMENTS = 'issue 3: payments'
const SIGN_IN = 'sign-in and pages: there are none yet'

/** Id, or the start of ids → why. */
const NOT_YET: Readonly<Record<string, string>> = {
  'CACHE-05': PAYMENTS,
  'CSRF-12': SIGN_IN,
  'FLT-': 'fault hooks: no binding here can be made to fail',
  'HDR-08': OAUTH,
  'METH-11': PAYMENTS,
  'OA-': OAUTH,
  'PATH-35': OAUTH,
  'PAY-': PAYMENTS,
  'SES-02': SIGN_IN,
  'SES-09': SIGN_IN,
  'WEB-': SIGN_IN,
}

/** Why a case is not run, or undefined. */
export function notYet(id: string): string | undefined {
  return Object.entries(NOT_YET).find(([start]) => id.startsWith(start))?.[1]
}
