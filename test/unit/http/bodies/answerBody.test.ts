/** Answers of origins on their way to callers. */
import { describe, expect, it } from 'vitest'
import { answerBody } from '../../../../src/http/bodies/answerBody.ts'
import type { Watch } from '../../../../src/http/bodies/watch.ts'
import { utf8 } from '../../../../src/lib/bytes.ts'
import { Patience } from '../../../../src/lib/patience.ts'

const QUIET: Watch = { everyMs: 1_000, check: () => null, stop: () => undefined }

/** The body of an answer of these chunks, which then ends, breaks off or is silent. */
function bodyOf(
  chunks: string[],
  headers: Record<string, string> = {},
  then: 'ends' | 'breaks' | 'is silent' = 'ends',
  bounds: { silentMs?: number; watch?: (() => Watch) | undefined } = {},
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
  const from = new Response(body)
  return {
    from,
    bounded: answerBody(from, new Map(Object.entries(headers)), {
      silentMs: 60_000,
      patience: new Patience(() => undefined),
      watch: () => QUIET,
      disconnected: () => new AbortController().signal,
      ...bounds,
    }),
  }
}

const textOf = ({ body }: { body: BodyInit | null }) => new Response(body).text()

describe('a short body', () => {
  const headers = { 'content-length': '5' }

  it('is passed whole', async () => {
    const { body, ended } = await bodyOf(['hel', 'lo'], headers).bounded
    expect([body, ended]).toEqual([utf8('hello').buffer, undefined])
  })

  it('that stops is 504, and one that breaks off is 502', async () => {
    const late = bodyOf(['hel'], headers, 'is silent', { silentMs: 1 }).bounded
    await expect(late).rejects.toMatchObject({ code: 'origin_timeout' })
    const broken = bodyOf(['hel'], headers, 'breaks').bounded
    await expect(broken).rejects.toMatchObject({ code: 'origin_unavailable' })
  })
})

describe('any other body', () => {
  it.each([{}, { 'content-length': '9000' }])('arrives whole: %j', async (headers) => {
    const bounded = await bodyOf(['a'.repeat(4000), 'b'.repeat(5000)], headers).bounded
    expect(await textOf(bounded)).toHaveLength(9000)
    expect(await bounded.ended).toBe('whole')
  })

  it('that breaks off breaks off for the caller too', async () => {
    const bounded = await bodyOf(['a'], {}, 'breaks').bounded
    await expect(textOf(bounded)).rejects.toThrow()
    expect(await bounded.ended).toBe('sender')
  })

  it('is cut when the origin is silent for too long', async () => {
    const bounded = await bodyOf(['a'], {}, 'is silent', { silentMs: 4 }).bounded
    await expect(textOf(bounded)).rejects.toThrow(/silent/)
  })

  it('of a caller without a credential has the same bounds', async () => {
    const bounds = { silentMs: 4, watch: undefined }
    const bounded = await bodyOf(['a'], {}, 'is silent', bounds).bounded
    await expect(textOf(bounded)).rejects.toThrow(/silent/)
  })

  it('is given up when the caller leaves', async () => {
    const { body, ended } = await bodyOf(['a'], {}, 'is silent').bounded
    await (body as ReadableStream).cancel()
    expect(await ended).toBe('receiver')
  })
})

describe.each(['text/event-stream', 'application/x-ndjson', 'application/jsonl; charset=utf-8'])(
  'a stream of %s',
  (type) => {
    const headers = { 'content-type': type }

    it('may be silent, until its credential is revoked', async () => {
      let checks = 0
      const check = () => (++checks < 20 ? null : 'revoked')
      const watch = () => ({ ...QUIET, everyMs: 1, check })
      const bounds = { silentMs: 4, watch }
      const bounded = await bodyOf(['a'], headers, 'is silent', bounds).bounded
      await expect(textOf(bounded)).rejects.toThrow(/revoked/)
      expect(checks).toBe(20)
    })

    it('that nothing bounds is passed natively', async () => {
      const { from, bounded } = bodyOf(['a'], headers, 'ends', {
        silentMs: 4,
        watch: undefined,
      })
      expect((await bounded).body).toBe(from.body)
    })
  },
)

it.each(['text/plain', 'application/json', 'text/event-streams', 'application/jsonlx', ''])(
  'a body of %j is no stream',
  async (type) => {
    const bounded = await bodyOf(['a'], { 'content-type': type }, 'is silent', { silentMs: 4 })
      .bounded
    await expect(textOf(bounded)).rejects.toThrow(/silent/)
  },
)
