/**
 * Is it paid for, by the result? Wraps `proxy`: reserve the most that the call can cost, ask the origin, count, and
 * keep what the results cost. Callers with a key, a token or a session pass.
 */
import { type Config, MARGIN_MS, type ResultPrice, type Route } from '../config/config.ts'
import { asProblem, Problem } from '../http/problem.ts'
import { log } from '../lib/log.ts'
import { type Eventually, when } from '../lib/when.ts'
import { type ChannelSale, createChannelPaywall, type Reserved } from '../paywall/channelPaywall.ts'
import { passPaidEvents } from '../paywall/meteredStream.ts'
import { afterFailure, withReceipt } from '../paywall/paidAnswer.ts'
import { heldBody, streamOf } from '../paywall/paidBody.ts'
import { bodyOf, keepAlive, unavailable } from '../paywall/paywall.ts'
import { countInHeader, countResults } from '../paywall/results.ts'
import { openStreamDraws } from '../paywall/streamDraws.ts'
import { type Answer, headerOf, withHeaders } from '../pipeline/answer.ts'
import { type Call, callerOf, type Handler, type Stage } from '../pipeline/call.ts'
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
  const paywall = createChannelPaywall(route, config, isolate, route.timeoutMs + MARGIN_MS)

  return (next) => (call) => (callerOf(call).kind === 'anonymous' ? sell(call, next) : next(call))

  function sell(call: Call, next: Handler): Eventually<Answer> {
    return when(bodyOf(call, route), (body) => {
      const sale = paywall.saleFor(call, body)
      const { payment } = call
      return payment === undefined
        ? paywall.challenged(call, sale, 'payment-required')
        : takePayment(call, sale, payment, body !== null, next)
    })
  }

  async function takePayment(
    call: Call,
    sale: ChannelSale,
    payment: string,
    hasBody: boolean,
    next: Handler,
  ): Promise<Answer> {
    const taken = await paywall.take(call, sale, payment, (action) =>
      isCall(call, action, hasBody) ? 'call' : 'manage',
    )
    return 'state' in taken ? keepAlive(call, serve(call, sale, taken, next)) : taken
  }

  /** Asks the origin, and gives its answer for what its results cost, or releases what is reserved. */
  async function serve(
    call: Call,
    sale: ChannelSale,
    { payer, challengeId, channelId }: Reserved,
    next: Handler,
  ): Promise<Answer> {
    const { amount, currency } = sale.offer
    call.caller = {
      kind: 'payment',
      payer,
      challengeId,
      channelId,
      amount,
      currency,
      moved: false,
    }
    const deadline = Date.now() + route.timeoutMs
    let answer: Answer
    try {
      answer = await next(call)
    } catch (error) {
      await release(call, channelId)
      throw afterFailure(asProblem(error), null)
    }
    if (answer.status < 200 || answer.status >= 300) {
      await release(call, channelId)
      return answer // the origin's own, without a receipt
    }
    if (answer.body !== null && isEventStream(answer) && !('header' in results))
      return streamed(call, answer, streamOf(answer.body), sale, channelId)
    const counted = await count(answer, deadline - Date.now())
    if (counted === null || call.request.signal.aborted) {
      await release(call, channelId)
      const cause = new Error('the answer breaks off or takes too long, or the payer left')
      throw afterFailure(new Problem('origin_unavailable', { cause }), null)
    }
    if (counted.count === null) report(call, answer)
    // An origin that gives more than it was asked for gives it away.
    const units = Math.min(counted.count ?? 0, sale.most)
    // An address gets only so many calls for nothing, because the origin has worked for each.
    if (units === 0) paywall.countTry(call)
    const cost = String(unitAmount * BigInt(units))
    const kept = await channels.keep(call.env, channelId, call.id, cost, units)
    return withReceipt(answer, counted.body, kept)
  }

  /** Frees what a call has reserved that gets no answer for it, and counts the try. */
  async function release(call: Call, channelId: string): Promise<void> {
    paywall.countTry(call)
    await channels.release(call.env, channelId, call.id)
  }

  /** The results of an answer. Null: it is broken. */
  async function count(answer: Answer, withinMs: number): Promise<CountedAnswer | null> {
    const { body } = answer
    if ('header' in results) return { count: countInHeader(headerOf(answer, results.header)), body }
    if (!('pointer' in results)) return { count: null, body }
    const held = await heldBody(answer, withinMs)
    if (held === null) return null
    if ('stream' in held) return { count: null, body: held.stream }
    return { count: countResults(held.whole, results.pointer), body: held.whole }
  }

  /** Tells the operator of an answer that costs nothing because its results cannot be counted. */
  function report(call: Call, answer: Answer): void {
    const type = headerOf(answer, 'content-type') ?? undefined
    const { status } = answer
    log('warn', 'uncountable_answer', { requestId: call.id, route: route.id, status, type })
  }

  /** A stream, each event of which is paid for before it leaves. */
  async function streamed(
    call: Call,
    answer: Answer,
    body: ReadableStream<Uint8Array>,
    sale: ChannelSale,
    channelId: string,
  ): Promise<Answer> {
    const draws = await openStreamDraws(call.env, {
      channelId,
      requestId: call.id,
      price: unitAmount,
      most: sale.most,
      capped: !('events' in results),
    })
    if (draws === null) throw unavailable() // the origin was too slow for its reservation
    const { readable, writable } = new IdentityTransformStream()
    const passed = passPaidEvents(body, writable, draws, call.request.signal)
    const ended = passed.finally(() => {
      if (!draws.hasPaid()) paywall.countTry(call)
      return draws.end()
    })
    call.waitUntil(ended)
    // The body also holds events of ours, so the origin's length is not its length.
    const headers = { 'content-length': null }
    return withReceipt(withHeaders(answer, headers), readable, draws.receipt())
  }
}

/** Whether a request is for the origin; otherwise it only manages the channel. As mppx tells them apart. */
function isCall(call: Call, action: unknown, hasBody: boolean): boolean {
  if (action === 'topUp' || action === 'close') return false
  const { method } = call
  return method === 'POST' ? hasBody || call.target.query !== '' : method !== 'HEAD'
}

const isEventStream = (answer: Answer) =>
  /^text\/event-stream\b/i.test(headerOf(answer, 'content-type') ?? '')
