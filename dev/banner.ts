/**
 * Tells how to use a start of `npm run dev`: as sentences for people, and as dev.json for programs.
 */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { CHAIN_ID, CURRENCY, PAYER_PRIVATE_KEY, RECIPIENT } from './money.ts'
import type { DemoAccount } from './seed.ts'

/** The URLs and accounts of a start. */
export interface Running {
  gatewayUrl: string
  originUrl: string
  mailboxUrl: string
  /** The URL of the local chain; null if there is none. */
  rpcUrl: string | null
  demo: DemoAccount
  other: DemoAccount
}

/**
 * Writes the facts of the banner as JSON, readable only by the user, because they contain a key.
 */
export function writeFacts(file: string, running: Running): void {
  const { gatewayUrl, originUrl, mailboxUrl, rpcUrl, demo, other } = running
  const chain = {
    rpcUrl,
    chainId: CHAIN_ID,
    recipient: RECIPIENT,
    payerPrivateKey: PAYER_PRIVATE_KEY,
  }
  const facts = {
    gateway: gatewayUrl,
    origin: originUrl,
    mcp: `${gatewayUrl}/mcp`,
    mailbox: mailboxUrl,
    ...demo,
    other,
    currency: CURRENCY,
    ...(rpcUrl === null ? {} : chain),
  }
  writeFileSync(file, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 })
}

/**
 * Prints the URLs and commands to paste. `factsFile` is the file of `writeFacts`, and
 * `walletFolder` is where the example client keeps its channels.
 */
export function printBanner(running: Running, factsFile: string, walletFolder: string): void {
  const { gatewayUrl, originUrl, mailboxUrl, rpcUrl, demo } = running
  console.log(`
  Turnpike        ${gatewayUrl}
  origin          ${originUrl}${process.env.ORIGIN_URL ? '' : '  (the demo origin; /__requests shows what reached it)'}
  sign in         ${gatewayUrl}/sign-in  (any address; all mail goes to ${mailboxUrl})
  demo account    ${demo.email} (${demo.accountId})
  all of this     ${shownPath(factsFile)}

  A call with the demo key:
    curl ${gatewayUrl}/api/v1/x/tweets/1234567890 -H 'x-api-key: ${demo.apiKey}'

  What the origin receives of a call:
    curl ${gatewayUrl}/api/v1/x/echo -H 'x-api-key: ${demo.apiKey}'

  The tools behind /mcp, as an MCP client lists them:
    npx mcp-remote-client ${gatewayUrl}/mcp --header 'x-api-key: ${demo.apiKey}'

  A new key, as the dashboard creates it:
    curl ${gatewayUrl}/api/v1/api-keys -H 'cookie: session_token=${demo.sessionToken}' -d '{"name":"Mine"}'

${rpcUrl === null ? '' : paymentLines(gatewayUrl, rpcUrl, walletFolder)}  Ctrl-C stops it; the next start keeps the data. PORT, ORIGIN_URL, MCP_ORIGIN_URL and RATE_LIMITS=off change it.
`)
}

/** The path relative to the current folder if it is below that folder; else unchanged. */
function shownPath(path: string): string {
  const below = relative('', path)
  return below.startsWith('..') ? path : below
}

function paymentLines(gatewayUrl: string, rpcUrl: string, walletFolder: string): string {
  const mppx = `MPPX_PRIVATE_KEY=${PAYER_PRIVATE_KEY} npx mppx`
  // mppx keeps its channels below HOME. The channels of the local chain are kept with the chain,
  // because they are worth nothing when the chain is gone.
  const channelMppx = `HOME='${walletFolder}' ${mppx}`
  return `  A paid call, without an account:
    ${mppx} ${gatewayUrl}/api/v1/x/tweets/1234567890 -r ${rpcUrl}

  A call that is paid by the result, from a deposit:
    ${channelMppx} '${gatewayUrl}/api/v1/x/tweets/search?q=tea&limit=3' -r ${rpcUrl}

  The rest of the deposit back, with the id of the channel that the call above prints:
    ${channelMppx} sessions close CHANNEL -r ${rpcUrl}

`
}
