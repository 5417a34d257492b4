/** Outcomes of a settlement, and payments that move before the answer. */
import { describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { utf8 } from '../../../src/lib/bytes.ts'
import { type Answer, json } from '../../../src/pipeline/answer.ts'
import { problemBy, recordingNext, settled, textOf } from '../../support/worker/calls.ts'
import {
  chargeOf,
  lostOnce,
  PAYER,
  problemIn,
  RECEIPT,
  receiptIn,
  statusOf,
} from '../../support/worker/payments.ts'
import { withPriced } from '../../support/worker/sampleConfig.ts'

const OPEN = { state: 'authorized', payer: PAYER } as const
const PAID = { state: 'paid', payer: PAYER, receipt: RECEIPT } as const

describe('a settlement', () => {
  it('that is refused gives a new challenge in place of the answer', async () => {
    const settle = {
      state: 'refused',
      refusal: 'verification-failed',
      detail: 'Too late.',
    } as const
    const { stage, paid, methods } = chargeOf({ open: OPEN, settle })
    const call = await paid()
    const answer = await stage(recordingNext(() => json({ secret: 1 })).next)(call)
    expect(await problemIn(answer)).toEqual([402, 'verification-failed'])
    expect(receiptIn(answer)).toBeNull()
    expect(answer.body).not.toContain('secret')
    await settled(call)
    expect(methods()).toEqual(['open', 'settle'])
  })

  it.each<[state: 'pending' | 'unavailable', code: string, fields: object]>([
    ['pending', 'payment_pending', {}],
    ['unavailable', 'service_unavailable', { charged: false }],
  ])('that is %s throws %s, and the claim stays as it is', async (state, code, fields) => {
    const { stage, paid, methods } = chargeOf({ open: OPEN, settle: { state } })
    const call = await paid()
    const problem = await problemBy(() => stage(recordingNext().next)(call))
    expect(problem).toMatchObject({ code, status: 503, headers: { 'retry-after': '2' } })
    expect(problem.fields).toEqual(fields)
    await settled(call)
    expect(methods()).toEqual(['open', 'settle'])
  })

  it('whose object does not answer twice gives no answer, and ends its hold', async () => {
    const { stage, paid, methods } = chargeOf({ open: OPEN, settle: new Error('down') })
    const call = await paid()
    const problem = await problemBy(() => stage(recordingNext().next)(call))
    expect(problem.code).toBe('service_unavailable')
    await settled(call)
    expect(statusOf(call)).toBe('pending, amount="150"')
    expect(methods()).toEqual(['open', 'settle', 'settle', 'fail'])
  })

  it('whose answer is lost once is asked for again, and the answer is given', async () => {
    const { stage, paid, methods } = chargeOf({ open: OPEN, settle: lostOnce(PAID) })
    const call = await paid()
    expect(receiptIn(await stage(recordingNext(() => json({})).next)(call))).toEqual(RECEIPT)
    await settled(call)
    expect(methods()).toEqual(['open', 'settle', 'settle', 'deliver'])
  })

  it('holds no more answers of a payer than an isolate has memory for, and charges for none', async () => {
    const settling = Promise.withResolvers<typeof PAID>()
    const { stage, paid, methods } = chargeOf({ open: OPEN, settle: () => settling.promise })
    const { next } = recordingNext(() => json('x'.repeat(1_000_000)))
    const served = await Promise.all(Array.from({ length: 4 }, paid))
    const answers = Promise.all(served.map((call) => stage(next)(call)))
    const settles = () => methods().filter((method) => method === 'settle').length
    await vi.waitFor(() => expect(settles()).toBe(4))
    const call = await paid()
    const problem = await problemBy(() => stage(next)(call))
    expect(problem).toMatchObject({ code: 'service_unavailable', fields: { charged: false } })
    expect(methods().filter((method) => method === 'fail')).toHaveLength(1)
    settling.resolve(PAID)
    expect((await answers).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    await Promise.all((await answers).map(textOf))
    await Promise.all(served.map(settled))
    expect((await stage(next)(await paid())).status, 'the memory is given back').toBe(200)
  })

  it('whose payer leaves meanwhile is not noted as delivered, so the answer stays owed', async () => {
    const leaving = new AbortController()
    const settle = () => {
      leaving.abort()
      return PAID
    }
    const { stage, paid, methods } = chargeOf({ open: OPEN, settle })
    const call = await paid({ init: { signal: leaving.signal } })
    await stage(recordingNext().next)(call)
    await settled(call)
    expect(methods()).toEqual(['open', 'settle', 'fail'])
  })
})

describe('a payment that moves before the answer', () => {
  const before = parseConfig(withPriced({ settle: 'before' }))
  const given = (body: Answer['body']) =>
    recordingNext(() => ({ status: 200, headers: {}, body })).next

  it('is delivered when the first bytes are out, and its answer is not withheld', async () => {
    const { stage, paid, methods } = chargeOf({ open: PAID }, before)
    const call = await paid()
    const { readable, writable } = new IdentityTransformStream()
    const answer = await stage(given(readable))(call)
    expect(receiptIn(answer)).toEqual(RECEIPT)
    expect(methods(), 'nothing has come yet').toEqual(['open'])
    const writer = writable.getWriter()
    const text = textOf(answer)
    await writer.write(utf8('one'))
    await writer.close()
    expect(await text).toBe('one')
    await settled(call)
    expect(methods()).toEqual(['open', 'deliver'])
  })

  it('stays owed when the answer breaks off before its first byte', async () => {
    const { stage, paid, methods } = chargeOf({ open: PAID }, before)
    const call = await paid()
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })
    const answer = await stage(given(body))(call)
    await expect(textOf(answer)).rejects.toThrow()
    await settled(call)
    expect(methods()).toEqual(['open', 'fail'])
  })

  it('for an answer without a body is delivered with it', async () => {
    const { stage, paid, methods } = chargeOf({ open: PAID }, before)
    const call = await paid()
    const { next } = recordingNext(() => ({ status: 204, headers: {}, body: null }))
    expect(await stage(next)(call)).toMatchObject({ status: 204, body: null })
    await settled(call)
    expect(methods()).toEqual(['open', 'deliver'])
  })
})
