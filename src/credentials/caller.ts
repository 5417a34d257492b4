/** Who is calling: what `authenticate` finds out and everything after it may rely on. */

export type Caller =
  | { kind: 'api_key'; accountId: string; keyId: string }
  | { kind: 'session'; accountId: string; sessionId: string }
  | TokenCaller
  | PayingCaller
  | { kind: 'anonymous' }

/** A client that an account has let act for it. */
export interface TokenCaller {
  kind: 'oauth'
  accountId: string
  clientId: string
  grantId: string
  /** Scopes with blanks between. */
  scope: string
}

/** Who pays for this one call. */
export interface PayingCaller {
  kind: 'payment'
  /** An address, in lower case. */
  payer: string
  challengeId: string
  /** The channel that pays, if one does. */
  channelId?: string
  /** In the currency's smallest unit; the most that the call can cost, if a channel pays. */
  amount: string
  currency: string
  /** Whether the payment has moved; else it moves when the answer is good. */
  moved: boolean
}

/** The caller's identity as one string, for counting and caching. `address` stands in for nobody. */
export function callerKey(caller: Caller, address: string): string {
  if (caller.kind === 'api_key') return `api_key ${caller.keyId}`
  if (caller.kind === 'oauth') return `oauth ${caller.grantId}`
  return caller.kind === 'session' ? `session ${caller.sessionId}` : `anonymous ${address}`
}

/** What limits are counted by: the account, or for nobody's calls the client's address. */
export function limitSubject(caller: Caller, address: string): string {
  return 'accountId' in caller ? `account ${caller.accountId}` : `address ${address}`
}
