/**
 * Payments for tests of one stage: challenges, what answers them, and objects that answer as they
 * are told.
 */
import { type Config, isPricedByCall, isPricedByResult } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { ChannelReceipt, PaymentChannel } from '../../../src/contract/channel.ts'
import type { ChargeClaims } from '../../../src/contract/charge.ts'
import { fromBase64url, toBase64url, utf8 } from '../../../src/lib/bytes.ts'
import type { Answer } from '../../../src/pipeline/answer.ts'
import type { Call, Stage } from '../../../src/pipeline/call.ts'
import { charge } from '../../../src/stages/charge.ts'
import { meter } from '../../../src/stages/meter.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import { callOf, envWith, jsonOf, recordingNext, routeOf } from './calls.ts'
import { withMetered, withPriced } from './sampleConfig.ts'

/**
 * The answers of an object's methods: a value, or an error to reject with. A method that is left
 * out resolves to nothing.
 */
export type Told<T> = {
  [M in keyof T]?: T[M] extends (...args: infer A) => Promise<infer R>
    ? R | Error | ((...args: A) => R | Promise<R>)
    : never
}

export interface Asked {
  /** The name of the object. */
  object: string
  method: string
  args: unknown[]
}

/** A namespace of Durable Objects that all answer as told, and every question that they got. */
export function objectsThat<T extends object>(told: Told<T>) {
  const asked: Asked[] = []
  const getByName = (object: string) =>
    new Proxy(told, {
      get: (_, method) =>
        async function answer(...args: unknown[]): Promise<unknown> {
          asked.push({ object, method: String(method), args })
          const value: unknown = Reflect.get(told, method)
          if (value instanceof Error) throw value
          return typeof value === 'function' ? value(...args) : value
        },
    })
  return { binding: { getByName }, asked, methods: () => asked.map(({ method }) => method) }
}

/** Returns a method for `objectsThat` that gives a value, but loses its first answer. */
export function lostOnce<T>(value: T): () => T {
  let asks = 0
  return () => {
    asks += 1
    if (asks === 1) throw new Error('the answer was lost')
    return value
  }
}

export const PAYER = '0x00000000000000000000000000000000000000ab'
export const CHANNEL_ID = `0x${'cd'.repeat(32)}`

/** The receipt of a charge. */
export const RECEIPT = {
  method: 'tempo',
  status: 'success',
  timestamp: '2026-02-24T10:30:00.000Z',
  reference: '0x01',
} as const

/** The receipt of a channel. */
export const CHANNEL_RECEIPT: ChannelReceipt = {
  ...RECEIPT,
  intent: 'session',
  challengeId: 'id',
  channelId: CHANNEL_ID,
  acceptedCumulative: '3000',
  spent: '150',
  units: 1,
}

/** The first challenge of an answer. */
export function challengeIn({ headers }: Answer): Record<string, string> {
  const [first = ''] = (headers['www-authenticate'] ?? '').split(/, (?=Payment )/)
  const parameters = [...first.matchAll(/([a-z]+)="([^"]*)"/g)]
  return Object.fromEntries(parameters.map(([, name = '', value = '']) => [name, value]))
}

/** The parameters of a challenge. */
export const requestIn = (challenge: Record<string, string>): Record<string, unknown> =>
  JSON.parse(fromBase64url(challenge.request ?? '', 4096) ?? 'null')

/** The credential that a client sends for a challenge. */
export const credentialFor = (challenge: object, payload: object): string =>
  toBase64url(utf8(JSON.stringify({ challenge, payload })))

/** The receipt that an answer carries, or null. */
export function receiptIn({ headers }: Answer): unknown {
  const value = headers['payment-receipt']
  return value == null ? null : JSON.parse(fromBase64url(value, 4096) ?? 'null')
}

/** The `Payment-Status` that the answer to a call carries. */
export const statusOf = ({ responseHeaders }: Call): string | undefined =>
  responseHeaders['payment-status']

/** An answer's status and the last part of its problem type. */
export async function problemIn(answer: Answer): Promise<[status: number, type: string]> {
  const { type } = await jsonOf(answer)
  return [answer.status, String(type).replace('https://paymentauth.org/problems/', '')]
}

/**
 * A stage of one isolate for the one route of a config, before objects that answer as told.
 */
interface Sold {
  stage: Stage
  /** A call with this payment, or with none. */
  call: (payment?: string, init?: RequestInit, path?: string) => Call
  /**
   * A call with a payment for the challenge that it gets without; `challenge` changes what is
   * echoed.
   */
  paid: (how?: {
    challenge?: object
    payload?: object
    init?: RequestInit
    path?: string
  }) => Promise<Call>
}

/** `charge` before claims that answer as told. */
export function chargeOf(
  told: Told<ChargeClaims> = {},
  config: Config = parseConfig(withPriced()),
) {
  const route = routeOf(config)
  if (!isPricedByCall(route)) throw new Error('not sold by the call')
  const claims = objectsThat<ChargeClaims>(told)
  const stage = charge(route, config, createIsolate(config))
  return {
    ...claims,
    ...sold(stage, config, { CHARGES: claims.binding }, { type: 'hash', hash: '0x1' }),
  }
}

/** `meter` before channels that answer as told. */
export function meterOf(
  told: Told<PaymentChannel> = {},
  config: Config = parseConfig(withMetered()),
) {
  const route = routeOf(config)
  if (!isPricedByResult(route)) throw new Error('not sold by the result')
  const channels = objectsThat<PaymentChannel>(told)
  const stage = meter(route, config, createIsolate(config))
  const bindings = { CHANNELS: channels.binding, OPERATOR: PAYER }
  return { ...channels, ...sold(stage, config, bindings, VOUCHER) }
}

/** The credential that pays for a call through a channel. */
export const VOUCHER = {
  action: 'voucher',
  channelId: CHANNEL_ID,
  cumulativeAmount: '3000',
  signature: `0x${'ab'.repeat(65)}`,
}

function sold(stage: Stage, config: Config, bindings: object, usual: object): Sold {
  const env = envWith(bindings)
  const route = routeOf(config)
  const call: Sold['call'] = (payment, init = {}, path = '/api/v1/a') => {
    const made = callOf(path, init, { env, route, caller: { kind: 'anonymous' } })
    made.payment = payment
    return made
  }
  return {
    stage,
    call,
    async paid({ challenge = {}, payload = usual, init = {}, path = '/api/v1/a' } = {}) {
      const { signal: _, ...unpaid } = init
      const offered = challengeIn(await stage(recordingNext().next)(call(undefined, unpaid, path)))
      return call(credentialFor({ ...offered, ...challenge }, payload), init, path)
    },
  }
}
