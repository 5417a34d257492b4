/** The caller of a request: `authenticate` sets it, and every later stage may rely on it. */

export type Caller =
  | { kind: 'api_key'; accountId: string; keyId: string }
  | { kind: 'session'; accountId: string; sessionId: string }
  | TokenCaller
  | PayingCaller
  | { kind: 'anonymous' }

/** An OAuth client that acts for an account. */
export interface TokenCaller {
  kind: 'oauth'
  accountId: string
  clientId: string
  grantId: string
  /** The granted scopes, separated by spaces. */
  scope: string
}

/** A caller without an account, who pays for this one call. */
export interface PayingCaller {
  kind: 'payment'
  /** The payer's address on the chain, in lower case. */
  payer: string
  challengeId: string
  /** The payment channel that pays. Absent: the call is paid for by a charge. */
  channelId?: string
  /** In the currency's smallest unit. If a channel pays: the most that the call can cost. */
  amount: string
  currency: string
  /** Whether the payment has moved already. If not, it moves once the origin has succeeded. */
  moved: boolean
}

/**
 * The caller's identity as one string, for use as a key of a map. Anonymous and paying callers are
 * told apart by `address`.
 */
export function callerKey(caller: Caller, address: string): string {
  if (caller.kind === 'api_key') return `api_key ${caller.keyId}`
  if (caller.kind === 'oauth') return `oauth ${caller.grantId}`
  return caller.kind === 'session' ? `session ${caller.sessionId}` : `anonymous ${address}`
}
