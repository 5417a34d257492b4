/** Bodies that are withheld until they are paid for. */
import { describe, expect, it } from 'vitest'
import { heldBody } from '../../../src/paywall/paidBody.ts'

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
    const held = await heldBody(bodyOf(['one', 'two'], true).answer, 5_000)
    expect(held).toEqual({ whole: new TextEncoder().encode('onetwo') })
  })

  it('is empty for an answer without a body', async () => {
    const held = await heldBody(new Response(null, { status: 204 }), 5_000)
    expect(held).toEqual({ whole: new Uint8Array() })
  })

  it('that does not end in time is null, and is cancelled', async () => {
    const { answer, cancelled } = bodyOf(['one'], false)
    expect(await heldBody(answer, 10)).toBeNull()
    await cancelled
  })

  it('that is too large is a stream, by which the body of the origin can be cancelled', async () => {
    const { answer, cancelled } = bodyOf(Array(20).fill('x'.repeat(65_536)), false)
    const held = await heldBody(answer, 5_000)
    if (held === null || !('stream' in held)) throw new Error('it is not a stream')
    await held.stream.cancel()
    await cancelled
  })

  it('that breaks off is null', async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error('off')) })
    expect(await heldBody(new Response(broken), 5_000)).toBeNull()
  })
})
