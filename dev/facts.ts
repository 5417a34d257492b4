/** The facts of a start of `npm run dev`, as `.dev/dev.json` has them for programs. */

import type { Config } from '../src/config/config.ts'
import { pathOf } from '../src/config/routePath.ts'
import { writeWhole } from './files.ts'
import { CHAIN_ID, CURRENCY, PAYER_PRIVATE_KEY, RECIPIENT } from './money.ts'
import type { DemoAccount } from './seed.ts'

/** The URLs and accounts of a start. */
export interface Running {
  gatewayUrl: string
  originUrl: string
  mailboxUrl: string
  /** The URL of the local chain; null if there is none. */
  rpcUrl: string | null
  /** The one-time link of the owner, who has the demo account. */
  ownerUrl: string
  demo: DemoAccount
  other: DemoAccount
}

/** The content of dev.json. */
export interface Facts extends DemoAccount {
  gateway: string
  origin: string
  /** The URL of the gateway's MCP endpoint, if the table has one. */
  mcp?: string
  mailbox: string
  /** Signs the owner in once, in the first 15 minutes. */
  ownerUrl: string
  other: DemoAccount
  currency: string
  rpcUrl?: string
  chainId?: number
  recipient?: string
  payerPrivateKey?: string
}

/** The facts of a start with the table that runs. */
export function factsOf(running: Running, { routes }: Config): Facts {
  const { gatewayUrl, originUrl, mailboxUrl, rpcUrl, ownerUrl, demo, other } = running
  const mcp = routes.find(({ protocol }) => protocol === 'mcp')
  const chain = {
    chainId: CHAIN_ID,
    recipient: RECIPIENT,
    payerPrivateKey: PAYER_PRIVATE_KEY,
  }
  return {
    gateway: gatewayUrl,
    origin: originUrl,
    ...(mcp === undefined ? {} : { mcp: gatewayUrl + pathOf(mcp) }),
    mailbox: mailboxUrl,
    ownerUrl,
    ...demo,
    other,
    currency: CURRENCY,
    ...(rpcUrl === null ? {} : { rpcUrl, ...chain }),
  }
}

/** Writes the facts as JSON, readable only by the user, because they contain a key. */
export function writeFacts(file: string, facts: Facts): void {
  writeWhole(file, `${JSON.stringify(facts, null, 2)}\n`, 0o600)
}
