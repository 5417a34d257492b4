/**
 * Every step that is done once, with a store that fails at each of its questions in turn: the
 * caller gets 503, and a retry gets what the first try would have got. The deadline of a store
 * passes on a fake clock.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { faultyStores, STORE_FAULTS, type StoreFault } from '../support/worker/faultyStores.ts'
import { env } from '../support/worker/gateway.ts'
import { ACCOUNT_STEPS } from '../support/worker/retriedAccountSteps.ts'
import { GOOGLE_STEPS } from '../support/worker/retriedGoogleSteps.ts'
import { KEY_STEPS } from '../support/worker/retriedKeySteps.ts'
import { OAUTH_STEPS } from '../support/worker/retriedOAuthSteps.ts'
import { SIGN_IN_STEPS } from '../support/worker/retriedSignInSteps.ts'
import type { Step } from '../support/worker/retriedStep.ts'

/** Longer than the gateway waits for a store, in milliseconds. */
const TOO_LATE_MS = 3_300
/** The most questions that a step may ask. */
const MOST_QUESTIONS = 25

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.now() })
})
afterEach(() => {
  vi.useRealTimers()
})

/**
 * Tries a step whose `nth` question fails, and tries it again if it has failed. Returns false if
 * the step asks fewer questions.
 */
async function retry(step: Step, fault: StoreFault, nth: number): Promise<boolean> {
  const stores = faultyStores(env, fault, nth)
  const scenario = await step.prepare(stores.bindings)
  const where = `question ${nth} ${fault}`
  const trying = scenario.send()
  await Promise.race([trying, stores.held])
  vi.advanceTimersByTime(TOO_LATE_MS)
  const answers = [await whole(trying)]
  if (!stores.hasFailed()) return false
  if (fault !== 'overtaken') {
    stores.release()
    await scenario.settled()
  }
  const [first] = answers
  // A question that is asked when the answer is on its way cannot fail it.
  if (first?.status === 503) {
    const retryAfter = first.headers.get('retry-after')
    expect(retryAfter, where).toMatch(/^[1-9]\d*$/)
    vi.advanceTimersByTime(Number(retryAfter) * 1000)
    answers.push(await whole(scenario.send()))
  }
  stores.release()
  await scenario.settled()
  const last = answers[answers.length - 1]
  expect(last && scenario.isDone(last), `${where}: the last answer is ${last?.status}`).toBe(true)
  await scenario.expectDone(answers, where)
  return true
}

/** The answer with its body in memory, because what nobody has read yet ends with the client. */
async function whole(answered: Promise<Response>): Promise<Response> {
  const answer = await answered
  return answer.body === null ? answer : new Response(await answer.text(), answer)
}

const STEPS = [...OAUTH_STEPS, ...SIGN_IN_STEPS, ...GOOGLE_STEPS, ...ACCOUNT_STEPS, ...KEY_STEPS]

describe.each(STEPS)('$name', (step) => {
  it.each(STORE_FAULTS)(
    'a question %s: the retry gets what is due, and nothing is left over',
    {
      timeout: 60_000,
    },
    async (fault) => {
      let nth = 1
      while (await retry(step, fault, nth)) {
        nth += 1
        expect(nth).toBeLessThan(MOST_QUESTIONS)
      }
      // The step has asked at least once.
      expect(nth).toBeGreaterThan(1)
    },
  )
})
