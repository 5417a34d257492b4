/** The payments Worker with a D1 that writes a batch only when the test's GATE_URL has answered. */
import { PaymentChannelObject as RealChannel } from '../../../payments/channels/object.ts'
import { ChargeClaimsObject as Real } from '../../../payments/charges/object.ts'
import type { PaymentsEnv } from '../../../payments/env.ts'

interface GatedEnv extends PaymentsEnv {
  GATE_URL: string
}

export class ChargeClaimsObject extends Real {
  constructor(state: DurableObjectState, env: GatedEnv) {
    super(state, { ...env, DB: gated(env.DB, env.GATE_URL) })
  }
}

export class PaymentChannelObject extends RealChannel {
  constructor(state: DurableObjectState, env: GatedEnv) {
    super(state, { ...env, DB: gated(env.DB, env.GATE_URL) })
  }
}

export default { fetch: () => new Response(null, { status: 404 }) }

function gated(database: D1Database, gateUrl: string): D1Database {
  return new Proxy(database, {
    get(target, name) {
      if (name === 'batch') {
        return async (statements: D1PreparedStatement[]) => {
          await fetch(gateUrl)
          return target.batch(statements)
        }
      }
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
