/**
 * The shipped gateway at a local URL, without limits, whose people sign in by mail or with
 * "Google". The mailbox and the issuer are hosts of the test.
 */
import { env } from 'cloudflare:workers'
import shipped from '../../../src/gateway.config.ts'
import { createWorker } from '../../../src/index.ts'
import type { Env } from '../../../src/store/env.ts'
import { CLIENT } from '../openIdIssuer.ts'
import { ISSUER, MAILBOX } from '../strangerHosts.ts'

const { DEV_URL = '' } = env as unknown as Record<string, string>
const { signIn, mail } = shipped
if (signIn === null || mail === null) throw new Error('the shipped config has no sign-in')
const google = {
  clientId: CLIENT.clientId,
  secretFrom: 'GOOGLE_CLIENT_SECRET',
  issuer: ISSUER,
}

const mailbox = {
  async send(message: object): Promise<void> {
    await fetch(MAILBOX, { method: 'POST', body: JSON.stringify(message) })
  },
}

const worker = createWorker({
  ...shipped,
  publicUrl: DEV_URL,
  hosts: new Set([...shipped.hosts, new URL(DEV_URL).hostname]),
  signIn: {
    ...signIn,
    google,
    emailLimits: [],
    addressLimits: [],
    totalLimits: [],
  },
})
// One object for all requests, because the gateway memoises by the identity of its bindings.
const bindings: Env = {
  ...(env as unknown as Env),
  GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
}
bindings[mail.binding] = mailbox

export default {
  fetch: (request: Request, _env: Env, context: ExecutionContext) =>
    worker.fetch(request, bindings, context),
}
