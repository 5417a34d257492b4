/** Streams that are paid for event by event, whichever side stops first. */
import { describe, expect, it } from 'vitest'
import { chunkReader } from '../../../../src/http/bodies/chunks.ts'
import { eventText } from '../../../../src/http/bodies/eventStream.ts'
import { pumped } from '../../../../src/http/bodies/pump.ts'
import { utf8 } from '../../../../src/lib/bytes.ts'
import { paidEvents, type StreamDraws } from '../../../../src/paywall/channels/meteredStream.ts'

const NEVER = new AbortController().signal

/** An origin's body that the test writes. */
function source() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  return {
    readable,
    write: (text: string) => writer.write(utf8(text)),
    close: () => writer.close(),
    abort: () => writer.abort(new Error('broken')),
    /**
     * Writes once more, and resolves when the reader has cancelled: a pipe from a stream that is
     * not native notices only at a write.
     */
    letGo: async () => {
      void writer.write(utf8(': more\n\n')).catch(() => undefined)
      await expect(writer.closed).rejects.toBeDefined()
    },
  }
}

/**
 * Passes `body` on as a stream that `pay` pays for, and counts the paid events. `told` are the
 * events that the payer gets first.
 */
function passed(
  body: ReadableStream<Uint8Array>,
  pay: () => Promise<boolean>,
  gone: AbortSignal = NEVER,
  told: readonly string[] = [],
) {
  const count = { paid: 0 }
  const draws: StreamDraws = {
    async *pay() {
      yield* told
      const may = await pay()
      if (may) count.paid += 1
      return may
    },
    receipt: () => ({ paid: count.paid }),
    renew: async () => undefined,
    isUnpaid: () => false,
  }
  const events = paidEvents(chunkReader(body), draws)
  const { body: readable, ended } = pumped(events, null, { disconnected: gone })
  return { readable, count, ended }
}

const RECEIPT = (paid: number) => `event: payment-receipt\ndata: {"paid":${paid}}\n\n`
const all = (...events: string[]) => {
  const origin = source()
  void Promise.all([...events.map(origin.write), origin.close()]).catch(() => undefined)
  return origin.readable
}

describe('the stream that the caller gets', () => {
  it('has every event unchanged, pays for each event with data, and ends with a receipt', async () => {
    const text = ': hi\n\nevent: tick\nid: 1\ndata: a\n\ndata: b\r\n\r\nid: 2\n\n'
    const { readable, count, ended } = passed(all(text), async () => true)
    expect(await new Response(readable).text()).toBe(text + RECEIPT(2))
    await ended
    expect(count.paid).toBe(2)
  })

  it('leaves out events that would speak for the gateway, and pays nothing for them', async () => {
    const forged = ['payment-receipt', 'payment-need-voucher'].map(
      (type) => `event: ${type}\ndata: {}\n\n`,
    )
    const { readable } = passed(all(...forged, 'data: a\n\n'), async () => true)
    expect(await new Response(readable).text()).toBe(`data: a\n\n${RECEIPT(1)}`)
  })

  it('tells the need for a voucher before the event that needs it', async () => {
    const { readable } = passed(all('data: a\n\n'), async () => true, NEVER, [
      eventText('payment-need-voucher', { required: '1' }),
    ])
    const need = 'event: payment-need-voucher\ndata: {"required":"1"}\n\n'
    expect(await new Response(readable).text()).toBe(`${need}data: a\n\n${RECEIPT(1)}`)
  })

  it('ends with a receipt where payment ends, and cancels the body of the origin', async () => {
    const origin = source()
    void origin.write('data: a\n\ndata: b\n\ndata: c\n\n').catch(() => undefined)
    let left = 2
    const { readable, ended } = passed(origin.readable, async () => left-- > 0)
    expect(await new Response(readable).text()).toBe(`data: a\n\ndata: b\n\n${RECEIPT(2)}`)
    await origin.letGo()
    await ended
  })
})

describe('breaking off', () => {
  it('if the origin breaks off, the caller sees no end and no receipt', async () => {
    const origin = source()
    const { readable, ended } = passed(origin.readable, async () => true)
    const reader = readable.getReader()
    void origin.write('data: a\n\n')
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: a\n\n')
    void origin.abort()
    await expect(reader.read()).rejects.toThrow()
    await ended
  })

  it('if the payment fails, no event leaves unpaid', async () => {
    const { readable, count, ended } = passed(all('data: a\n\n'), () => {
      throw new Error('down')
    })
    await expect(new Response(readable).text()).rejects.toThrow()
    await ended
    expect(count.paid).toBe(0)
  })

  it('if the caller leaves between events, the body of the origin is cancelled, and nothing more is paid', async () => {
    const origin = source()
    const gone = new AbortController()
    const { readable, count, ended } = passed(origin.readable, async () => true, gone.signal)
    void origin.write('data: a\n\n')
    await readable.getReader().read()
    gone.abort()
    await origin.letGo()
    await ended
    expect(count.paid).toBe(1)
  })

  it('if the caller leaves without a signal, the stream ends at the next event, which is still paid', async () => {
    const origin = source()
    const { readable, count, ended } = passed(origin.readable, async () => true)
    const reader = readable.getReader()
    void origin.write('data: a\n\n')
    await reader.read()
    await reader.cancel()
    void origin.write('data: b\n\ndata: c\n\n').catch(() => undefined)
    await origin.letGo()
    await ended
    expect(count.paid).toBe(2)
  })
})
