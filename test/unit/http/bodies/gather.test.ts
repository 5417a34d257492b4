import { describe, expect, it, vi } from 'vitest'
import { gather, readBytes } from '../../../../src/http/bodies/gather.ts'
import { utf8 } from '../../../../src/lib/bytes.ts'

/** A stream of these chunks, with a record of its pulls and of whether it was cancelled. */
function streamOf(...chunks: string[]) {
  const seen = { pulls: 0, cancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.pulls]
        seen.pulls += 1
        if (chunk === undefined) controller.close()
        else controller.enqueue(utf8(chunk))
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, seen }
}

describe('readBytes', () => {
  it.each<[chunks: string[], max: number, whole: string]>([
    [[], 5, ''],
    [[], 0, ''],
    [[''], 0, ''],
    [['abc'], 5, 'abc'],
    [['ab', '', 'cde'], 5, 'abcde'],
    [['a', 'é', '🔑'], 7, 'aé🔑'],
  ])('%j within %d bytes is read whole', async (chunks, max, whole) => {
    expect(await readBytes(streamOf(...chunks).stream, max)).toEqual(utf8(whole))
  })

  it.each<[chunks: string[], max: number]>([
    [['abcdef'], 5],
    [['ab', 'cd', 'ef'], 5],
    [['é'], 1],
    [['a'], 0],
  ])('%j is more than %d bytes', async (chunks, max) => {
    expect(await readBytes(streamOf(...chunks).stream, max)).toBeNull()
  })

  it('a missing body is read as an empty one', async () => {
    expect(await readBytes(null, 0)).toEqual(new Uint8Array())
  })

  it('a body that is too large is not read any further, and its source is cancelled', async () => {
    const { stream, seen } = streamOf('abc', 'def', 'ghi', 'jkl')
    expect(await readBytes(stream, 5)).toBeNull()
    expect(seen).toEqual({ pulls: 2, cancelled: true })
  })

  it('rejects for a stream that breaks off, and never takes it for the whole', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8('{"a":1}')),
      pull: (controller) => controller.error(new Error('gone')),
    })
    await expect(readBytes(broken, 100)).rejects.toThrow('gone')
  })
})

describe('a body of tiny chunks', () => {
  /** The steps in which a body of eight chunks is read; the fifth one takes `slowMs`. */
  async function stepsOf(maxBytes: number, slowMs: number): Promise<(number | undefined)[]> {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const steps: (number | undefined)[] = []
    const read = async (atLeast?: number) => {
      steps.push(atLeast)
      if (steps.length === 5) vi.setSystemTime(slowMs)
      return steps.length < 9 ? new Uint8Array(1) : null
    }
    await gather({ read, cancel: () => undefined }, { maxBytes })
    vi.useRealTimers()
    return steps
  }

  it('is read in ever larger steps, and in small ones again after one that was slow', async () => {
    expect(await stepsOf(1_000, 49)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256])
    expect(await stepsOf(1_000, 50)).toEqual([1, 2, 4, 8, 16, 1, 2, 4, 8])
  })

  it('never waits for more than the first byte beyond its bound', async () => {
    expect(await stepsOf(8, 0)).toEqual([1, 2, 4, 6, 5, 4, 3, 2, 1])
  })
})
