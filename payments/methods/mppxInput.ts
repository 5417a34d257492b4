/** An order in the form that mppx's methods take. */
import type { ChargeOrder } from '../../src/contract/charge.ts'
import { fromBase64url } from '../../src/lib/bytes.ts'

/** How long mppx is told that the challenge of a push still lives, in milliseconds. */
export const STILL_GOOD_MS = 60_000

/** An order's credential, with the encoded parts of its challenge decoded. */
export function inputOf({ credential }: Pick<ChargeOrder, 'credential'>) {
  const { payload, source } = credential
  // The age of a push was judged when its claim was admitted: the push may have been presented in
  // time, when nothing could check it. So mppx must not judge its age again.
  const expires = new Date(Date.now() + STILL_GOOD_MS).toISOString()
  const challenge = { ...credential.challenge, ...(payload.type === 'hash' ? { expires } : {}) }
  const request = JSON.parse(fromBase64url(challenge.request, 8192) ?? '')
  const meta = JSON.parse(fromBase64url(challenge.opaque ?? '', 8192) ?? '')
  return { credential: { challenge: { ...challenge, request, meta }, payload, source }, request }
}
