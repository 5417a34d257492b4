/** Sends mail with the platform's `send_email` binding. */

import { Problem } from '../../http/problem.ts'
import { logError } from '../../lib/log.ts'
import type { Env } from '../env.ts'

/** A mail, both as plain text and as HTML. */
export interface Message {
  to: string
  subject: string
  text: string
  html: string
}

/** The gateway's way to send mail. */
export interface Mail {
  /** Hands a message over for delivery. Rejects if the platform does not accept it. */
  send(message: Message): Promise<void>
}

/** The platform's binding (developers.cloudflare.com/email-service). */
interface SendEmailBinding {
  send(message: Message & { from: string }): Promise<unknown>
}

/**
 * Returns the gateway's way to send mail from the configured address. Throws `service_unavailable`
 * if the binding is missing, so that no page promises a mail that cannot be sent.
 */
export function mailOf(env: Env, config: { from: string; binding: string }): Mail {
  const binding = env[config.binding]
  if (!isSendEmail(binding)) {
    const cause = new Error(
      `the send_email binding ${config.binding} is missing: see docs/sign-in.md`,
    )
    logError('mail_not_configured', cause)
    throw new Problem('service_unavailable', { headers: { 'retry-after': '60' }, cause })
  }
  return {
    async send(message) {
      await binding.send({ ...message, from: config.from })
    },
  }
}

function isSendEmail(binding: unknown): binding is SendEmailBinding {
  return typeof (binding as Partial<SendEmailBinding> | undefined)?.send === 'function'
}
