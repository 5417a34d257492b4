/**
 * The payments Worker: it holds the Durable Objects that the gateway calls. It has no address.
 * See docs/decisions/0007.
 */
import type { PaymentsEnv } from './env.ts'

export { PaymentChannelObject } from './channels/object.ts'
export { ChargeClaimsObject } from './charges/object.ts'

export default {
  fetch: () => new Response(null, { status: 404 }),

  async scheduled(_: unknown, env: PaymentsEnv): Promise<void> {
    const { runCron } = await import('./cron.ts')
    await runCron(env, Date.now())
  },
}
