import { describe, expect, it } from 'vitest'
import { readText } from '../../../../src/http/bodies/requestBody.ts'

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

describe('readText', () => {
  it.each(['6', '1000000000', '1e9', '0x10', '9'.repeat(400)])(
    'refuses a declared length of %s at once when 5 are allowed, and names the limit',
    async (length) => {
      const request = chunked(['hello'], { 'content-length': length })
      await expect(readText(request, 5)).rejects.toMatchObject({
        code: 'payload_too_large',
        status: 413,
        fields: { limit: 5 },
      })
    },
  )

  it.each(['', 'abc', '-1', '+5', '5.0', ' ', '5, 5', 'NaN'])(
    'does not trust a declared length of %j: the body is counted',
    async (length) => {
      const request = chunked(['too much'], { 'content-length': length })
      await expect(readText(request, 5)).rejects.toMatchObject({ code: 'payload_too_large' })
    },
  )

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
