import type { ChargeOrder } from '../../src/contract/charge.ts'
import { fromBase64url } from '../../src/lib/bytes.ts'

/** An order's credential as mppx takes it: the challenge's encoded parts read. */
export function inputOf({ credential }: ChargeOrder) {
  const { payload, source } = credential
  // Of what was sent before, the age was judged when the claim was opened: it may have been shown in time, to nobody.
  const expires = new Date(Date.now() + STILL_GOOD_MS).toISOString()
  const challenge = { ...credential.challenge, ...(payload.type === 'hash' ? { expires } : {}) }
  const request = JSON.parse(fromBase64url(challenge.request, 8192) ?? '')
  const meta = JSON.parse(fromBase64url(challenge.opaque ?? '', 8192) ?? '')
  return { credential: { challenge: { ...challenge, request, meta }, payload, source }, request }
}

/** For how long the library is told that a challenge is good, in milliseconds. */
export const STILL_GOOD_MS = 60_000
