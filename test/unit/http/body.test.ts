import { describe, expect, it } from 'vitest'
import { cappedBody, readText } from '../../../src/http/body.ts'

const encoder = new TextEncoder()

/** A request whose body comes in these chunks. */
function chunked(chunks: (string | Uint8Array)[], headers: Record<string, string> = {}): Request {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
      }
      controller.close()
    },
  })
  return new Request('https://gateway.test/', { method: 'POST', body, headers })
}

const declared = (length: string, text = 'hello') => chunked([text], { 'content-length': length })

describe('a body with a declared length', () => {
  it.each(['6', '1000000000', '1e9', '0x10', '9'.repeat(400)])(
    'of %s is refused at once when 5 are allowed',
    (length) => {
      expect(() => cappedBody(declared(length), 5)).toThrowError(
        expect.objectContaining({ code: 'payload_too_large', status: 413 }),
      )
    },
  )

  it('within the limit passes untouched, to keep its length', () => {
    const request = declared('5')
    const body = cappedBody(request, 5)
    expect(body?.stream).toBe(request.body)
    expect(body?.broken.aborted).toBe(false)
  })

  it.each(['', 'abc', '-1', '+5', '5.0', ' ', '5, 5', 'NaN'])(
    'that is not a number (%j) is not trusted: the body is counted',
    async (length) => {
      const request = declared(length, 'too much')
      expect(cappedBody(request, 5)?.stream).not.toBe(request.body)
      await expect(readText(declared(length, 'too much'), 5)).rejects.toMatchObject({
        code: 'payload_too_large',
      })
    },
  )
})

describe('a body without a declared length', () => {
  it('passes whole up to the limit', async () => {
    const body = cappedBody(chunked(['ab', 'cde']), 5)
    expect(await new Response(body?.stream).text()).toBe('abcde')
    expect(body?.broken.aborted).toBe(false)
  })

  it('that is too large neither ends nor errors: only its signal aborts', async () => {
    const body = cappedBody(chunked(['ab', 'cd', 'ef', 'gh']), 5)
    const broken = new Promise((resolve) => body?.broken.addEventListener('abort', resolve))
    const read = new Response(body?.stream).text().then(
      () => 'ended',
      () => 'errored',
    )
    expect(await Promise.race([read, broken.then(() => 'broken')])).toBe('broken')
    expect(body?.broken.reason).toMatchObject({ code: 'payload_too_large' })
  })

  it('that breaks off neither ends nor errors either', async () => {
    const failing = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('hung up')),
    })
    const request = new Request('https://gateway.test/', { method: 'POST', body: failing })
    const body = cappedBody(request, 5)
    const broken = new Promise((resolve) => body?.broken.addEventListener('abort', resolve))
    const read = new Response(body?.stream).text().then(
      () => 'ended',
      () => 'errored',
    )
    expect(await Promise.race([read, broken.then(() => 'broken')])).toBe('broken')
    expect(body?.broken.reason).toMatchObject({ code: 'invalid_input' })
  })

  it('is not read any further once it is too large', async () => {
    let pulls = 0
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls += 1
          controller.enqueue(new Uint8Array(1000))
        },
      },
      { highWaterMark: 0 },
    )
    const request = new Request('https://gateway.test/', { method: 'POST', body: endless })
    const body = cappedBody(request, 5000)
    const broken = new Promise((resolve) => body?.broken.addEventListener('abort', resolve))
    void new Response(body?.stream).arrayBuffer()
    await broken
    expect(pulls).toBeLessThan(20)
  })

  it('a request without a body gives null', () => {
    expect(cappedBody(new Request('https://gateway.test/'), 5)).toBeNull()
    expect(cappedBody(new Request('https://gateway.test/', { method: 'POST' }), 5)).toBeNull()
  })
})

describe('readText', () => {
  it('joins chunks that are cut in the middle of a character', async () => {
    const bytes = encoder.encode('{"a":"é🔑"}')
    const chunks = Array.from(bytes, (byte) => new Uint8Array([byte]))
    expect(await readText(chunked(chunks), 100)).toBe('{"a":"é🔑"}')
  })

  it('a request without a body gives an empty text', async () => {
    expect(await readText(new Request('https://gateway.test/'), 5)).toBe('')
  })

  it('counts bytes, not characters', async () => {
    expect(await readText(chunked(['éé']), 4)).toBe('éé')
    await expect(readText(chunked(['éé']), 3)).rejects.toMatchObject({ code: 'payload_too_large' })
  })

  it.each([
    ['a stray byte', [0x7b, 0xff, 0x7d]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a lone surrogate', [0xed, 0xa0, 0x80]],
    ['a character that is cut off at the end', [0x61, 0xe3, 0x81]],
  ])('%s is invalid_json', async (_what, bytes) => {
    const problem = { code: 'invalid_json', status: 400 }
    await expect(readText(chunked([new Uint8Array(bytes)]), 100)).rejects.toMatchObject(problem)
    const known = chunked([new Uint8Array(bytes)], { 'content-length': String(bytes.length) })
    await expect(readText(known, 100)).rejects.toMatchObject(problem)
  })

  it('too large and not UTF-8 is too large', async () => {
    const chunks = [new Uint8Array([0x61]), new Uint8Array(100).fill(0xff)]
    await expect(readText(chunked(chunks), 50)).rejects.toMatchObject({ code: 'payload_too_large' })
  })

  it('a body that breaks off is invalid_json, never taken for a whole body', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(encoder.encode('{"a":1}'))
        controller.error(new Error('gone'))
      },
    })
    const request = new Request('https://gateway.test/', { method: 'POST', body })
    await expect(readText(request, 100)).rejects.toMatchObject({ code: 'invalid_json' })
  })
})
