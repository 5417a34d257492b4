/** Request bodies on their way to an origin. */
import { describe, expect, it } from 'vitest'
import { createHold } from '../../../../src/http/bodies/hold.ts'
import { uploadOf } from '../../../../src/http/bodies/upload.ts'
import { utf8 } from '../../../../src/lib/bytes.ts'
import { Patience } from '../../../../src/lib/patience.ts'

const BOUNDS = { maxBytes: 100_000, silentMs: 60_000, stalledMs: 60_000 }
const patient = () => new Patience(() => undefined)
const CHUNKED = { 'transfer-encoding': 'chunked' }

/** Uploads these chunks, which then end, break off or are followed by silence. */
function upload(
  chunks: string[],
  headers: Record<string, string> = CHUNKED,
  bounds: Partial<typeof BOUNDS & { withinMs: number }> = {},
  then: 'ends' | 'breaks' | 'is silent' = 'ends',
  hold = createHold(1_000_000),
) {
  const left = [...chunks]
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift()
      if (chunk !== undefined) controller.enqueue(utf8(chunk))
      else if (then === 'ends') controller.close()
      else if (then === 'breaks') controller.error(new Error('broken'))
      else return new Promise<void>(() => undefined)
      return undefined
    },
  })
  const request = new Request('https://gateway.test/', { method: 'POST', body })
  const map = new Map(Object.entries(headers))
  return uploadOf(request, map, {
    ...BOUNDS,
    ...bounds,
    memory: hold.share('a'),
    patience: patient(),
  })
}

const textOf = async (uploaded: Awaited<ReturnType<typeof upload>>) =>
  new Response(uploaded?.body).text()

describe('a body of unknown length', () => {
  it('is held until it is whole, so that it has a length', async () => {
    const uploaded = await upload(['ab', 'cde'])
    expect(uploaded?.body).toEqual(utf8('abcde'))
  })

  it('above the cap never reaches the origin', async () => {
    const problem = { code: 'payload_too_large', status: 413, fields: { limit: 4 } }
    await expect(upload(['ab', 'cde'], CHUNKED, { maxBytes: 4 })).rejects.toMatchObject(problem)
    expect(await textOf(await upload(['ab', 'cd'], CHUNKED, { maxBytes: 4 }))).toBe('abcd')
  })

  it('that breaks off never reaches the origin', async () => {
    await expect(upload(['ab'], CHUNKED, {}, 'breaks')).rejects.toMatchObject({
      code: 'invalid_input',
      reason: 'body_broken_off',
    })
  })

  it('that stops is 408, and gives its memory back', async () => {
    const hold = createHold(10)
    const stopped = upload(['abcdef'], CHUNKED, { silentMs: 1 }, 'is silent', hold)
    await expect(stopped).rejects.toMatchObject({ code: 'request_timeout', status: 408 })
    expect(hold.share('b').take(10)).toBe(true)
  })

  it('that arrives too slowly for a caller who may be anybody is 408', async () => {
    const slow = upload(['ab'], CHUNKED, { withinMs: 1 }, 'is silent')
    await expect(slow).rejects.toMatchObject({ code: 'request_timeout' })
  })

  it('for which no memory is left is streamed, all of it', async () => {
    const uploaded = await upload(['abc', 'def', 'ghi'], CHUNKED, {}, 'ends', createHold(4))
    expect(uploaded?.body).toBeInstanceOf(ReadableStream)
    expect(await textOf(uploaded)).toBe('abcdefghi')
  })

  it('for which no memory is left is 503 for a caller who may be anybody', async () => {
    const refused = upload(['abcdef'], CHUNKED, { withinMs: 60_000 }, 'ends', createHold(4))
    await expect(refused).rejects.toMatchObject({ code: 'service_unavailable' })
  })

  it.each(['application/x-ndjson', 'text/event-stream; charset=utf-8', 'application/JSONL'])(
    'that is a stream (%s) is sent on at once, and ends for the origin only if it is whole',
    async (type) => {
      const headers = { ...CHUNKED, 'content-type': type }
      const uploaded = await upload(['ab', 'cd'], headers, { maxBytes: 3 }, 'is silent')
      if (uploaded === null || !('ended' in uploaded)) throw new Error('not streamed')
      const read = textOf(uploaded).then(
        () => 'ended',
        () => 'errored',
      )
      expect(await Promise.race([read, uploaded.ended])).toBe('too_large')
      expect(uploaded.problemOf('too_large')).toMatchObject({ code: 'payload_too_large' })
    },
  )

  it('gives its memory back when it is released', async () => {
    const hold = createHold(5)
    const uploaded = await upload(['abcde'], CHUNKED, {}, 'ends', hold)
    expect(hold.share('b').take(1)).toBe(false)
    if (uploaded !== null && 'release' in uploaded) uploaded.release()
    expect(hold.share('b').take(5)).toBe(true)
  })
})

describe('a body with a declared length', () => {
  it.each(['5', '100001', '999999999999999'])('of %s is refused above the cap at once', (length) =>
    expect(upload([], { 'content-length': length }, { maxBytes: 4 })).rejects.toMatchObject({
      code: 'payload_too_large',
    }),
  )

  it('that is short is read whole', async () => {
    expect((await upload(['hello'], { 'content-length': '5' }))?.body).toEqual(utf8('hello'))
  })

  it('that is long is streamed with its length, and breaks at the origin if it breaks off', async () => {
    const headers = { 'content-length': '20000' }
    const uploaded = await upload(['a', 'b'.repeat(19_999)], headers)
    expect(uploaded?.body).toBeInstanceOf(ReadableStream)
    expect(await textOf(uploaded)).toHaveLength(20_000)
    const broken = await upload(['a'], headers, {}, 'breaks')
    await expect(textOf(broken)).rejects.toThrow()
  })

  it.each(['', 'abc', '-1', '+5', '5.0', ' ', '5, 5', '0x5'])(
    'that is no number (%j) is not trusted: the body is counted',
    async (length) => {
      const counted = upload(['abc', 'def'], { 'content-length': length }, { maxBytes: 5 })
      await expect(counted).rejects.toMatchObject({ code: 'payload_too_large' })
    },
  )

  it('does not count beside a transfer coding (RFC 9112 section 6.3)', async () => {
    const headers = { 'content-length': '2', ...CHUNKED }
    expect(await textOf(await upload(['abc', 'def'], headers))).toBe('abcdef')
  })
})

it('a request without a body has no upload', async () => {
  const request = new Request('https://gateway.test/', { method: 'POST' })
  expect(
    await uploadOf(request, new Map(), {
      ...BOUNDS,
      memory: createHold(1).share('a'),
      patience: patient(),
    }),
  ).toBeNull()
})
