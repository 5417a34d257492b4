/** How server-sent events are read and written, wherever the bytes are cut. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventsOf, eventText, type StreamEvent } from '../../../../src/http/bodies/eventStream.ts'
import { utf8 } from '../../../../src/lib/bytes.ts'

function bodyOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

async function read(body: ReadableStream<Uint8Array>): Promise<StreamEvent[]> {
  const events: StreamEvent[] = []
  for await (const event of eventsOf(body)) events.push(event)
  return events
}

const message = (raw: string) => ({ raw, type: 'message', hasData: true })

describe('how an event is read', () => {
  it.each<[string, StreamEvent[]]>([
    ['data: a\n\ndata: b\n\n', [message('data: a\n\n'), message('data: b\n\n')]],
    [
      'data: a\r\n\r\ndata: b\r\rdata: c\n\n',
      ['data: a\r\n\r\n', 'data: b\r\r', 'data: c\n\n'].map(message),
    ],
    ['data: a\ndata: b\n\n', [message('data: a\ndata: b\n\n')]],
    ['data:a\n\n', [message('data:a\n\n')]],
    ['data\n\n', [message('data\n\n')]],
    [
      'event: tick\ndata: 1\n\n',
      [{ raw: 'event: tick\ndata: 1\n\n', type: 'tick', hasData: true }],
    ],
    ['event:tick\ndata: 1\n\n', [{ raw: 'event:tick\ndata: 1\n\n', type: 'tick', hasData: true }]],
    ['event\ndata: 1\n\n', [message('event\ndata: 1\n\n')]],
    [': keep-alive\n\n', [{ raw: ': keep-alive\n\n', type: 'message', hasData: false }]],
    ['id: 7\nretry: 1\n\n', [{ raw: 'id: 7\nretry: 1\n\n', type: 'message', hasData: false }]],
    ['database: x\n\n', [{ raw: 'database: x\n\n', type: 'message', hasData: false }]],
    ['data: left', [message('data: left\n\n')]],
    ['', []],
  ])('%j', async (text, events) => {
    expect(await read(bodyOf(utf8(text)))).toEqual(events)
  })

  it('an event that the gateway writes can be read', async () => {
    const raw = eventText('payment-receipt', { text: 'a\nb' })
    expect(await read(bodyOf(utf8(raw)))).toEqual([{ raw, type: 'payment-receipt', hasData: true }])
  })
})

it('wherever the bytes are cut, the data is the same and nothing is lost', async () => {
  const line = fc.constantFrom('data: ä€😀', 'data:', 'event: tick', ': note', 'id: 1')
  const end = fc.constantFrom('\n', '\r\n', '\r')
  const event = fc
    .tuple(fc.array(line, { minLength: 1, maxLength: 3 }), end)
    .map(([lines, lineEnd]) => {
      return lines.map((one) => one + lineEnd).join('') + lineEnd
    })
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      async (events, size) => {
        const bytes = utf8(events.join(''))
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.slice(i * size, (i + 1) * size),
        )
        const cut = await read(bodyOf(...chunks))
        const whole = await read(bodyOf(bytes))
        const paid = (all: StreamEvent[]) => all.filter(({ hasData }) => hasData).length
        expect(cut.map(({ raw }) => raw).join('')).toBe(events.join(''))
        expect(paid(cut)).toBe(paid(whole))
        expect(paid(whole)).toBe(events.filter((one) => one.includes('data')).length)
      },
    ),
  )
})

it('an event that never ends is an error', async () => {
  const chunk = utf8('x'.repeat(600_000))
  await expect(read(bodyOf(chunk, chunk))).rejects.toThrow('too long')
})

it('a body that breaks off is an error, not an end', async () => {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error('broken'))
    },
  })
  await expect(read(body)).rejects.toThrow('broken')
})
