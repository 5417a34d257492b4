/**
 * Is it paid for, by the result? Wraps `proxy`: reserve the most that the call can cost, then the origin, then
 * count, and keep what the results cost. Who has a key or a session passes.
 */

import type { Config, ResultPrice, Route } from '../config/config.ts'
import { MARGIN_MS } from '../config/prices.ts'
import { asProblem, Problem } from '../http/problem.ts'
import { log } from '../lib/log.ts'
import { type ChannelSale, createChannelPaywall, type Reserved } from '../paywall/channelPaywall.ts'
import { passPaidEvents } from '../paywall/meteredStream.ts'
import { afterFailure, withReceipt } from '../paywall/paidAnswer.ts'
import { heldBody } from '../paywall/paidBody.ts'
import { answerWith, bodyOf, unavailable } from '../paywall/paywall.ts'
import { countInHeader, countResults } from '../paywall/results.ts'
import { openStreamDraws } from '../paywall/streamDraws.ts'
import { type AppContext, callerOf, type Stage } from '../pipeline/context.ts'
import type { Isolate } from '../store/isolate.ts'
import { channels } from '../store/payments/channels.ts'

/** How many results there are, if that can be told, and the body to give. */
interface CountedAnswer {
  count: number | null
  body: BodyInit | null
}

export function meter(
  route: Route & { price: ResultPrice },
  config: Config,
  isolate: Isolate,
): Stage {
  const { results, amount: unitAmount } = route.price
  const till = createChannelPaywall(route, config, isolate, route.timeoutMs + MARGIN_MS)

  return async function meter(c, next) {
    if (callerOf(c).kind !== 'anonymous') return next()
    const body = await bodyOf(c, route)
    const sale = till.saleFor(c, body)
    const presented = c.get('payment')
    if (presented === undefined) return till.challenged(c, sale, 'payment-required')
    const reserved = await till.take(c, sale, presented, (action) => {
      return isCall(c, action, body !== null) ? 'call' : 'manage'
    })
    if (reserved instanceof Response) return reserved
    const { payer, challengeId, channelId } = reserved
    const { amount, currency } = sale.offer
    c.set('caller', {
      kind: 'payment',
      payer,
      challengeId,
      channelId,
      amount,
      currency,
      moved: false,
    })
    await answerWith(c, serve(c, sale, reserved, next))
    return undefined
  }

  /** Asks the origin, and gives its answer for what its results cost, or lets go of what is reserved. */
  async function serve(
    c: AppContext,
    sale: ChannelSale,
    { channelId }: Reserved,
    next: () => Promise<void>,
  ): Promise<Response> {
    const requestId = c.get('requestId')
    const deadline = Date.now() + route.timeoutMs
    await next()
    const answer = c.res
    if (c.error !== undefined || !answer.ok) {
      till.countTry(c)
      await channels.release(c.env, channelId, requestId)
      if (c.error !== undefined) throw afterFailure(asProblem(c.error), null)
      return answer // the origin's own, without a receipt
    }
    const { body } = answer
    if (body !== null && isEventStream(answer) && !('header' in results)) {
      return streamed(c, answer, body, sale, channelId)
    }
    const counted = await count(answer, deadline - Date.now())
    if (counted === null || c.req.raw.signal.aborted) {
      till.countTry(c)
      await channels.release(c.env, channelId, requestId)
      const cause = new Error('the answer breaks off, or takes too long, or nobody waits')
      throw afterFailure(new Problem('origin_unavailable', { cause }), null)
    }
    if (counted.count === null) report(c, answer)
    // An origin that gives more than it was asked for gives it away.
    const units = Math.min(counted.count ?? 0, sale.most)
    // An address gets only so many calls for nothing: the origin has worked for each.
    if (units === 0) till.countTry(c)
    const cost = String(unitAmount * BigInt(units))
    const kept = await channels.keep(c.env, channelId, requestId, cost, units)
    return withReceipt(answer, counted.body, kept)
  }

  /** The results of an answer. Null: it is broken. */
  async function count(answer: Response, withinMs: number): Promise<CountedAnswer | null> {
    const { body, headers } = answer
    if ('header' in results) return { count: countInHeader(headers.get(results.header)), body }
    if (!('pointer' in results)) return { count: null, body }
    const held = await heldBody(answer, withinMs)
    if (held === null) return null
    if ('stream' in held) return { count: null, body: held.stream }
    return { count: countResults(held.whole, results.pointer), body: held.whole }
  }

  /** An answer that costs nothing because nobody can tell what is in it: the operator should know. */
  function report(c: AppContext, { status, headers }: Response): void {
    const type = headers.get('content-type') ?? undefined
    const requestId = c.get('requestId')
    log('warn', 'uncountable_answer', { requestId, route: route.id, status, type })
  }

  /** A stream, each event of which is paid for before it leaves. */
  async function streamed(
    c: AppContext,
    answer: Response,
    body: ReadableStream<Uint8Array>,
    sale: ChannelSale,
    channelId: string,
  ): Promise<Response> {
    const toll = await openStreamDraws(c.env, {
      channelId,
      requestId: c.get('requestId'),
      price: unitAmount,
      most: sale.most,
      capped: !('events' in results),
    })
    if (toll === null) throw unavailable() // the origin was too slow for its reservation
    const { readable, writable } = new IdentityTransformStream()
    const passed = passPaidEvents(body, writable, toll, c.req.raw.signal)
    const ended = passed.finally(() => {
      if (!toll.hasPaid()) till.countTry(c)
      return toll.end()
    })
    c.executionCtx.waitUntil(ended)
    const receipted = withReceipt(answer, readable, toll.receipt())
    receipted.headers.delete('content-length') // our own events are in it too
    return receipted
  }
}

/** Whether a request is for the origin; else it is about the channel alone. As mppx tells them apart. */
function isCall(c: AppContext, action: unknown, hasBody: boolean): boolean {
  if (action === 'topUp' || action === 'close') return false
  const { method } = c.req
  return method === 'POST' ? hasBody || c.get('target').query !== '' : method !== 'HEAD'
}

const isEventStream = ({ headers }: Response) =>
  /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')
