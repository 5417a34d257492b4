/** Streams that are paid for event by event, whichever side stops first. */
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../../src/lib/bytes.ts'
import { passPaidEvents, type StreamDraws } from '../../../src/paywall/meteredStream.ts'

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

/** Passes `body` on as a stream that `pay` pays for, and counts the paid events. */
function passed(
  body: ReadableStream<Uint8Array>,
  pay: StreamDraws['pay'],
  gone: AbortSignal = NEVER,
) {
  const { readable, writable } = new IdentityTransformStream()
  const count = { paid: 0 }
  const receipt = () => ({ paid: count.paid })
  const counted: StreamDraws['pay'] = async (sendEvent) => {
    const may = await pay(sendEvent)
    if (may) count.paid += 1
    return may
  }
  const done = passPaidEvents(
    body,
    writable,
    { pay: counted, receipt, renew: async () => undefined },
    gone,
  )
  return { readable, count, done }
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
    const { readable, count, done } = passed(all(text), async () => true)
    expect(await new Response(readable).text()).toBe(text + RECEIPT(2))
    await done
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
    const { readable } = passed(all('data: a\n\n'), async (sendEvent) => {
      await sendEvent('payment-need-voucher', { required: '1' })
      return true
    })
    const need = 'event: payment-need-voucher\ndata: {"required":"1"}\n\n'
    expect(await new Response(readable).text()).toBe(`${need}data: a\n\n${RECEIPT(1)}`)
  })

  it('ends with a receipt where payment ends, and cancels the body of the origin', async () => {
    const origin = source()
    void origin.write('data: a\n\ndata: b\n\ndata: c\n\n').catch(() => undefined)
    let left = 2
    const { readable, done } = passed(origin.readable, async () => left-- > 0)
    expect(await new Response(readable).text()).toBe(`data: a\n\ndata: b\n\n${RECEIPT(2)}`)
    await origin.letGo()
    await done
  })
})

describe('breaking off', () => {
  it('if the origin breaks off, the caller sees no end and no receipt', async () => {
    const origin = source()
    const { readable, done } = passed(origin.readable, async () => true)
    const reader = readable.getReader()
    void origin.write('data: a\n\n')
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: a\n\n')
    void origin.abort()
    await expect(reader.read()).rejects.toThrow()
    await done
  })

  it('if the payment fails, no event leaves unpaid', async () => {
    const { readable, count, done } = passed(all('data: a\n\n'), () => {
      throw new Error('down')
    })
    await expect(new Response(readable).text()).rejects.toThrow()
    await done
    expect(count.paid).toBe(0)
  })

  it('if the caller leaves between events, the body of the origin is cancelled, and nothing more is paid', async () => {
    const origin = source()
    const gone = new AbortController()
    const { readable, count, done } = passed(origin.readable, async () => true, gone.signal)
    void origin.write('data: a\n\n')
    await readable.getReader().read()
    gone.abort()
    await origin.letGo()
    await done
    expect(count.paid).toBe(1)
  })

  it('if the caller leaves without a signal, the stream ends at the next event, which is still paid', async () => {
    const origin = source()
    const { readable, count, done } = passed(origin.readable, async () => true)
    const reader = readable.getReader()
    void origin.write('data: a\n\n')
    await reader.read()
    await reader.cancel()
    void origin.write('data: b\n\ndata: c\n\n').catch(() => undefined)
    await origin.letGo()
    await done
    expect(count.paid).toBe(2)
  })
})
