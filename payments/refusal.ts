/** Turns what mppx throws into what a payer may be told. */
import type { Refusal } from '../src/contract/charge.ts'

const PROBLEM_TYPES = 'https://paymentauth.org/problems/'

/** The problem types that the library names itself, by the last part of their URI. */
const KNOWN: Record<string, Refusal> = {
  'payment-expired': 'payment-expired',
  'payment-insufficient': 'payment-insufficient',
  'invalid-challenge': 'invalid-challenge',
}

/** A payment that is not good, with a sentence for the payer. */
export class RefusedPayment extends Error {
  readonly type: string
  constructor(refusal: Refusal, sentence: string) {
    super(sentence)
    this.type = `${PROBLEM_TYPES}${refusal}`
  }
}

/**
 * An error as a refusal with one sentence of at most 200 characters. Only the first line of an
 * error with a problem type is shown: other errors may name an endpoint or a key of ours.
 */
export function refusalOf(error: unknown): { refusal: Refusal; detail: string } {
  const type = String((error as { type?: unknown })?.type ?? '')
  const own = type.startsWith(PROBLEM_TYPES) && error instanceof Error
  const refusal = KNOWN[type.split('/').at(-1) ?? ''] ?? 'verification-failed'
  const [line = ''] = own ? error.message.split('\n') : []
  return { refusal, detail: line.slice(0, 200) || 'The payment could not be verified.' }
}

/** The answer to a payment that is refused. */
export function refusePayment(refusal: Refusal, detail: string) {
  return { state: 'refused', refusal, detail } as const
}
