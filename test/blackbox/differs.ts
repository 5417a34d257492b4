/**
 * The cases of the shared file that contradict our contract, and the case that runs in place of
 * each.
 */

export interface ContractDifference {
  /** The sentence of the contract. */
  contract: string
  /** The case of cases.json that asserts that sentence. */
  checkedBy: string
}

const NO_BROWSER =
  'A request with neither header does not come from a page in a browser (curl, a script) and is let in.'

const BY_LINK = 'Dashboard sessions come from signing in by an e-mail link: there is no password.'

export const differs: Readonly<Partial<Record<string, ContractDifference>>> = {
  'CSRF-05': { contract: NO_BROWSER, checkedBy: 'csrf.neither-header' },
  'CSRF-06': { contract: NO_BROWSER, checkedBy: 'csrf.neither-header' },
  'PAY-07': {
    contract:
      'An invalid payment on a priced row is answered as the protocol says (402 with a fresh challenge, or 400).',
    checkedBy: 'payment.tampered',
  },
  'SES-02': { contract: BY_LINK, checkedBy: 'signIn.fixation' },
  'SES-09': { contract: BY_LINK, checkedBy: 'signIn.throttled' },
}
