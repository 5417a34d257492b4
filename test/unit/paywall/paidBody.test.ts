/** Bodies that are withheld until they are paid for. */
import { describe, expect, it } from 'vitest'
import { withheldBody } from '../../../src/paywall/paidBody.ts'

/** A body of these parts that then ends or hangs; `cancelled` resolves when it is cancelled. */
function bodyOf(parts: readonly string[], ends: boolean) {
  const cancelled = Promise.withResolvers<void>()
  const left = [...parts]
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = left.shift()
      if (part !== undefined) controller.enqueue(new TextEncoder().encode(part))
      else if (ends) controller.close()
      else return new Promise(() => undefined)
      return undefined
    },
    cancel: () => cancelled.resolve(),
  })
  return { answer: new Response(stream), cancelled: cancelled.promise }
}

describe('a withheld body', () => {
  it('is returned whole', async () => {
    const bytes = await withheldBody(bodyOf(['one', 'two'], true).answer, 5_000)
    expect(new TextDecoder().decode(bytes ?? undefined)).toBe('onetwo')
  })

  it('is empty for an answer without a body', async () => {
    expect(await withheldBody(new Response(null, { status: 204 }), 5_000)).toHaveLength(0)
  })

  it('that does not end in time is null, and is cancelled', async () => {
    const { answer, cancelled } = bodyOf(['one'], false)
    expect(await withheldBody(answer, 10)).toBeNull()
    await cancelled
  })

  it('that is too large is null, and is cancelled', async () => {
    const { answer, cancelled } = bodyOf(Array(20).fill('x'.repeat(65_536)), false)
    expect(await withheldBody(answer, 5_000)).toBeNull()
    await cancelled
  })

  it('that breaks off is null', async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error('off')) })
    expect(await withheldBody(new Response(broken), 5_000)).toBeNull()
  })
})
