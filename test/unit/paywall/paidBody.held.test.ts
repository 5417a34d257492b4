/** Bodies that are held back until their results are counted. */
import { expect, it } from 'vitest'
import { utf8 } from '../../../src/lib/bytes.ts'
import { type HeldBody, heldBody } from '../../../src/paywall/paidBody.ts'

const MAX = 1_048_576
const LONG_MS = 60_000

/** An answer in pieces of these lengths, which then ends, breaks off or hangs. */
function answerOf(lengths: number[], end: 'ends' | 'breaks' | 'hangs' = 'ends') {
  const left = [...lengths]
  const seen = { cancelled: false }
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const length = left.shift()
      if (length !== undefined) return controller.enqueue(new Uint8Array(length).fill(0x61))
      if (end === 'ends') return controller.close()
      if (end === 'breaks') return controller.error(new Error('broken'))
      return new Promise(() => undefined)
    },
    cancel() {
      seen.cancelled = true
    },
  })
  return { answer: new Response(body), seen }
}

async function lengthOf(held: HeldBody | null): Promise<[kind: string, length: number]> {
  if (held === null) return ['broken', 0]
  if ('whole' in held) return ['whole', held.whole.byteLength]
  return ['stream', (await new Response(held.stream).bytes()).byteLength]
}

it.each<[number[], [string, number]]>([
  [[], ['whole', 0]],
  [
    [1, 2, 3],
    ['whole', 6],
  ],
  [
    [MAX - 1, 1],
    ['whole', MAX],
  ],
  [
    [MAX, 1],
    ['stream', MAX + 1],
  ],
  [[MAX + 1], ['stream', MAX + 1]],
  [Array(50).fill(100_000), ['stream', 5_000_000]],
])('pieces of %j bytes arrive complete, as %j', async (lengths, expected) => {
  expect(await lengthOf(await heldBody(answerOf(lengths).answer, LONG_MS))).toEqual(expected)
})

it('an answer without a body is whole', async () => {
  expect(await heldBody(new Response(null, { status: 204 }), LONG_MS)).toEqual({ whole: utf8('') })
})

it('an answer that breaks off or does not end in time is null, and the body of the origin is cancelled', async () => {
  expect(await heldBody(answerOf([10], 'breaks').answer, LONG_MS)).toBeNull()
  const { answer, seen } = answerOf([10], 'hangs')
  expect(await heldBody(answer, 20)).toBeNull()
  expect(seen.cancelled).toBe(true)
})

it('an answer that breaks off after the held part breaks off for the caller too', async () => {
  const held = await heldBody(answerOf([MAX + 1], 'breaks').answer, LONG_MS)
  await expect(lengthOf(held)).rejects.toThrow('broken')
})
