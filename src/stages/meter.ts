/**
 * Are the results paid for? Wraps `proxy`: reserves the most that the call can cost, asks the
 * origin, counts the results, and keeps what they cost. Callers with a key, a token or a session
 * pass.
 */
import { type Config, MARGIN_MS, type MeteredRoute } from '../config/config.ts'
import type { ChunkReader } from '../http/bodies/chunks.ts'
import type { Share } from '../http/bodies/hold.ts'
import type { BodyEnd } from '../http/bodies/pump.ts'
import { bodyReader, giveUp, type HeldBody } from '../http/bodies/withheld.ts'
import { asProblem, Problem } from '../http/problem.ts'
import { log } from '../lib/log.ts'
import { isCall } from '../paywall/channels/channelAction.ts'
import {
  type ChannelPurchase,
  createChannelPaywall,
  type ReservedPayment,
} from '../paywall/channels/channelPaywall.ts'
import { asksForChannel, createChannelRecovery } from '../paywall/channels/channelRecovery.ts'
import { type CountedAnswer, countedAnswer } from '../paywall/channels/countedAnswer.ts'
import { giveBack } from '../paywall/channels/giveBack.ts'
import { meteredBody } from '../paywall/channels/meteredStream.ts'
import { openStreamDraws } from '../paywall/channels/streamDraws.ts'
import { afterFailure, withReceipt } from '../paywall/paidAnswer.ts'
import { setPaymentStatus } from '../paywall/paymentStatus.ts'
import { bodyOf, paymentUnavailable, releaseBody, surviveDisconnect } from '../paywall/paywall.ts'
import { told } from '../paywall/told.ts'
import { type Answer, headerOf, withHeaders } from '../pipeline/answer.ts'
import { paidBody, wholeBody } from '../pipeline/bodies.ts'
import { type Call, callerOf, type Handler, type Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { channels } from '../store/payments/channels.ts'

/**
 * Answers an anonymous call with 402 and a challenge, serves the call for its payment, or answers
 * channel management (draft-tempo-session). Sets `call.caller` to the payer before the origin is
 * asked. Throws:
 *
 * - `payment_pending` if it is not known yet whether the channel's transaction is mined.
 * - `service_unavailable` if the channel does not answer, or there is no memory for the answer.
 * - `rate_limit_exceeded` for an address that got too many challenges, or that has tried too often
 *   without paying.
 * - `origin_unavailable` if the origin's answer breaks off or takes too long.
 * - `answer_uncountable` or `answer_too_large` if the route's config refuses such answers.
 * - `invalid_input` or `payload_too_large` for the request's body.
 *
 * A problem of a later stage passes, and says that nothing was charged.
 */
export function meter(route: MeteredRoute, config: Config, isolate: Isolate): Stage {
  const { results, uncountable, amount: unitAmount } = route.price
  const paywall = createChannelPaywall(route, config, isolate, route.timeoutMs + MARGIN_MS)
  const recover = createChannelRecovery(route, config, isolate)

  return (next) => (call) =>
    callerOf(call).kind === 'anonymous' ? releaseBody(call, requirePayment(call, next)) : next(call)

  async function requirePayment(call: Call, next: Handler): Promise<Answer> {
    if (asksForChannel(call)) return recover(call)
    if (call.payment !== undefined) setPaymentStatus(call, { charged: false })
    const body = await bodyOf(call, route, config, isolate)
    const purchase = paywall.purchaseOf(call, body)
    if (call.payment === undefined) return paywall.answer402(call, purchase, 'payment-required')
    const accepted = await paywall.accept(call, purchase, call.payment, (action) =>
      isCall(call, action, body !== null) ? 'call' : 'manage',
    )
    if (!('state' in accepted)) return accepted
    const share = isolate.heldBodies.answers.share(accepted.payer)
    const served = serve(call, purchase, accepted, share, next).finally(share.release)
    return surviveDisconnect(call, served)
  }

  /**
   * Asks the origin, and gives its answer for the cost of the results or releases the reservation.
   */
  async function serve(
    call: Call,
    purchase: ChannelPurchase,
    { payer, challengeId, channelId, answerWithinMs }: ReservedPayment,
    share: Share,
    next: Handler,
  ): Promise<Answer> {
    const { amount, currency } = purchase.offer
    call.caller = {
      kind: 'payment',
      payer,
      challengeId,
      channelId,
      amount,
      currency,
      moved: false,
    }
    setPaymentStatus(call, { charged: false, reference: channelId })
    // The opening of a channel is sent after the answer, while its signature lives.
    const timeoutMs = Math.min(route.timeoutMs, answerWithinMs ?? route.timeoutMs)
    call.timeoutMs = timeoutMs
    const deadline = Date.now() + timeoutMs
    let answer: Answer
    try {
      answer = await next(call)
    } catch (error) {
      await giveBack(call, channelId)
      throw afterFailure(asProblem(error), null)
    }
    if (answer.status < 200 || answer.status >= 300) {
      await giveBack(call, channelId)
      return answer // the origin's own error, without a receipt
    }
    if (answer.body !== null && isEventStream(answer) && !('header' in results))
      return streamedAnswer(call, answer, bodyReader(answer.body), purchase, channelId)
    const counted = await countedAnswer(answer, results, deadline - Date.now(), share)
    if (counted?.count === 'no room') throw await refused(call, channelId, counted)
    if (counted === null || call.request.signal.aborted) {
      await giveBack(call, channelId)
      const cause = new Error('the answer broke off or was late, or the payer disconnected')
      throw afterFailure(new Problem('origin_unavailable', { cause }), null)
    }
    const { count: found } = counted
    if (typeof found !== 'number') {
      report(call, answer)
      if (uncountable === 'refuse') throw await refused(call, channelId, counted)
    }
    const inDoubt = uncountable === 'max' ? purchase.maxResults : 0
    // Results beyond the number that was asked for are free.
    const units = Math.min(typeof found === 'number' ? found : inDoubt, purchase.maxResults)
    return keep(call, answer, counted.body, share, purchase, channelId, units)
  }

  /** Gives an answer when the channel has kept the cost of its results. */
  async function keep(
    call: Call,
    answer: Answer,
    body: HeldBody,
    share: Share,
    purchase: ChannelPurchase,
    channelId: string,
    units: number,
  ): Promise<Answer> {
    const cost = String(unitAmount * BigInt(units))
    const later = (work: Promise<unknown>) => call.waitUntil(work)
    const kept = await channels
      .keep(call.env, later, { channelId, requestId: call.id, cost, units })
      .catch(async (error) => {
        giveUp(body)
        // The cost may be spent although nobody has its receipt.
        if (await giveBack(call, channelId)) throw afterFailure(asProblem(error), null)
        setPaymentStatus(call, { reference: channelId })
        throw error
      })
    if ('state' in kept) {
      giveUp(body)
      return paywall.unpaid(call, purchase, kept)
    }
    // Calls that cost nothing are limited by address, because the origin has worked for each.
    if (units > 0) paywall.giveBackTry(call)
    if (call.request.signal.aborted) call.waitUntil(giveBack(call, channelId))
    setPaymentStatus(call, { charged: units > 0, amount: cost, reference: channelId })
    const given =
      'whole' in body
        ? wholeBody(call, answer, body.whole, share)
        : paidBody(call, answer, body.rest, config, body.share).body
    return withReceipt(answer, given, kept)
  }

  /** Releases the reservation for an answer that cannot be priced, and returns the problem. */
  async function refused(
    call: Call,
    channelId: string,
    { count: found, body }: CountedAnswer,
  ): Promise<Problem> {
    giveUp(body)
    await giveBack(call, channelId)
    if (found === 'no room') return afterFailure(paymentUnavailable(), null)
    const code = found === 'too large' ? 'answer_too_large' : 'answer_uncountable'
    return afterFailure(new Problem(code), null)
  }

  /** Logs an answer whose results cannot be counted. */
  function report(call: Call, answer: Answer): void {
    const type = headerOf(answer, 'content-type') ?? undefined
    const { status } = answer
    log('warn', 'uncountable_answer', { requestId: call.id, route: route.id, status, type })
  }

  /** Returns an event stream as an answer, each event of which is paid for before it leaves. */
  async function streamedAnswer(
    call: Call,
    answer: Answer,
    origin: ChunkReader,
    purchase: ChannelPurchase,
    channelId: string,
  ): Promise<Answer> {
    const terms = {
      channelId,
      requestId: call.id,
      price: unitAmount,
      maxEvents: purchase.maxResults,
      isCapped: !('events' in results),
    }
    const draws = await openStreamDraws(call.env, terms).catch(async (error) => {
      giveUp({ rest: origin })
      await giveBack(call, channelId)
      throw afterFailure(asProblem(error), null)
    })
    if (draws?.state !== 'drawing') {
      giveUp({ rest: origin })
      // Null: the reservation has expired while the origin worked.
      if (draws === null) throw afterFailure(paymentUnavailable(), null)
      return paywall.unpaid(call, purchase, draws)
    }
    setPaymentStatus(call, { reference: channelId })
    const hasLeft = call.request.signal.aborted
    const { body, ended } = meteredBody(call, origin, draws)
    const settled = ended.then((end) => {
      if (draws.hasPaid()) paywall.giveBackTry(call)
      // The head of a stream that breaks off may be lost with it, and so may the channel.
      return told(call, () => draws.end(!hasLeft && REACHED.has(end)))
    })
    call.waitUntil(settled)
    // The gateway adds events of its own, so the origin's length is not that of the body.
    const headers = { 'content-length': null }
    return withReceipt(withHeaders(answer, headers), body, draws.receipt())
  }
}

/** The ends of a stream whose payer has had its head. */
const REACHED: ReadonlySet<BodyEnd> = new Set(['whole', 'unpaid', 'receiver'])

const isEventStream = (answer: Answer) =>
  /^text\/event-stream\b/i.test(headerOf(answer, 'content-type') ?? '')
