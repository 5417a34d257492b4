import { describe, expect, it } from 'vitest'
import { readBytes } from '../../../../src/http/bodies/gather.ts'
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
