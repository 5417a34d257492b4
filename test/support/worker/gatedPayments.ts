/**
 * The payments Worker with a D1 that writes a batch only when the test's GATE_URL has answered, and
 * with claims whose answers to `open` and `settle` get lost as the test's FATE_URL says.
 */
import { PaymentChannelObject as RealChannel } from '../../../payments/channels/object.ts'
import { ChargeClaimsObject as Real } from '../../../payments/charges/object.ts'
import type { PaymentsEnv } from '../../../payments/env.ts'
import type { ChargeOrder, KeptAnswer } from '../../../src/contract/charge.ts'

interface GatedEnv extends PaymentsEnv {
  GATE_URL: string
  FATE_URL: string
}

export class ChargeClaimsObject extends Real {
  readonly #fateUrl: string

  constructor(state: DurableObjectState, env: GatedEnv) {
    super(state, { ...env, DB: gated(env.DB, env.GATE_URL) })
    this.#fateUrl = env.FATE_URL
  }

  override open(order: ChargeOrder) {
    return this.#fated('open', (fate) =>
      // To the claim, an object that is ended before it moves a payment has not been asked to.
      super.open(fate === 'unmoved' ? { ...order, settle: 'after' } : order),
    )
  }

  override settle(challengeId: string, requestId: string, answer: KeptAnswer | null) {
    return this.#fated('settle', () => super.settle(challengeId, requestId, answer))
  }

  /**
   * "dead": the object does not hear the question. "lost": its answer gets lost. "unmoved": so does
   * that of an object that is ended when it has checked the payment.
   */
  async #fated<T>(method: string, work: (fate: string) => Promise<T>): Promise<T> {
    const fate = await (await fetch(`${this.#fateUrl}/${method}`)).text()
    if (fate === 'dead') throw new Error('the object is dead')
    const answer = await work(fate)
    if (fate === 'lost' || fate === 'unmoved') throw new Error('the answer is lost')
    return answer
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
