/** Bodies that are withheld until they are paid for. */
import { describe, expect, it } from 'vitest'
import { createHold } from '../../../../src/http/bodies/hold.ts'
import {
  giveUp,
  type HeldBody,
  notWithheld,
  withheld,
} from '../../../../src/http/bodies/withheld.ts'
import { utf8 } from '../../../../src/lib/bytes.ts'

const MAX = 1_048_576
const LONG_MS = 60_000
const roomy = () => createHold(10 * MAX).share('payer')

/** A body in pieces of these lengths, which then ends, breaks off or hangs. */
function bodyOf(lengths: number[], end: 'ends' | 'breaks' | 'hangs' = 'ends') {
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
  return { body, seen }
}

async function lengthOf(held: HeldBody | null): Promise<[kind: string, length: number]> {
  if (held === null) return ['broken', 0]
  if ('whole' in held) return ['whole', held.whole.byteLength]
  let length = 0
  for (let chunk = await held.rest.read(); chunk !== null; chunk = await held.rest.read())
    length += chunk.byteLength
  return ['rest', length]
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
    ['rest', MAX + 1],
  ],
  [[MAX + 1], ['rest', MAX + 1]],
  [Array(50).fill(100_000), ['rest', 5_000_000]],
])('pieces of %j bytes arrive complete, as %j', async (lengths, expected) => {
  expect(await lengthOf(await withheld(bodyOf(lengths).body, LONG_MS, roomy()))).toEqual(expected)
})

it('a text, and an answer without a body, are whole', async () => {
  expect(await withheld('one', LONG_MS, roomy())).toEqual({ whole: utf8('one') })
  expect(await withheld(null, LONG_MS, roomy())).toEqual({ whole: utf8('') })
  expect(notWithheld(null)).toEqual({ whole: utf8('') })
})

describe('a body', () => {
  it('that finds no memory is not withheld, says so, and arrives complete all the same', async () => {
    const { body } = bodyOf([3_000, 3_000])
    const held = await withheld(body, LONG_MS, createHold(4_000).share('payer'))
    expect(held).toMatchObject({ lacksRoom: true })
    expect(await lengthOf(held)).toEqual(['rest', 6_000])
    expect(await withheld(bodyOf([MAX + 1]).body, LONG_MS, roomy())).toMatchObject({
      lacksRoom: false,
    })
  })

  it('that breaks off is null', async () => {
    expect(await withheld(bodyOf([10], 'breaks').body, LONG_MS, roomy())).toBeNull()
  })

  it('that does not end in time is null, and given up', async () => {
    const { body, seen } = bodyOf([10], 'hangs')
    expect(await withheld(body, 20, roomy())).toBeNull()
    expect(seen.cancelled).toBe(true)
  })

  it('that breaks off after the held part breaks off for the caller too', async () => {
    const held = await withheld(bodyOf([MAX + 1], 'breaks').body, LONG_MS, roomy())
    await expect(lengthOf(held)).rejects.toThrow('broken')
  })

  it.each([
    ['too large', (body: ReadableStream) => withheld(body, LONG_MS, roomy())],
    ['not withheld', async (body: ReadableStream) => notWithheld(body)],
  ])('that is %s can be given up', async (_, hold) => {
    const { body, seen } = bodyOf([MAX + 1], 'hangs')
    giveUp(await hold(body))
    expect(seen.cancelled).toBe(true)
  })
})
