/** Values that may be there already: nothing waits for one that is. */
import { describe, expect, it } from 'vitest'
import { attempt, type Eventually, when } from '../../../src/lib/when.ts'
import { thrownBy } from '../../support/worker/calls.ts'

const failure = new Error('no')
const fails = (): never => {
  throw failure
}
const failsLater = () => Promise.reject(failure)

/** The four ways in which work can end. */
const ENDS: [how: string, work: () => Eventually<number>, isLater: boolean, fails: boolean][] = [
  ['there at once', () => 1, false, false],
  ['there later', () => Promise.resolve(1), true, false],
  ['a failure at once', fails, false, true],
  ['a failure later', failsLater, true, true],
]

describe('when', () => {
  it('goes on at once with a value that is there', () => {
    expect(when(1, (one) => one + 1)).toBe(2)
    expect(when(undefined, (none) => [none])).toEqual([undefined])
  })

  it('goes on later with a value that is promised, or with a promise that `then` makes', async () => {
    const later = when(Promise.resolve(1), (one) => one + 1)
    expect(later).toBeInstanceOf(Promise)
    expect(await later).toBe(2)
    expect(await when(1, async (one) => one + 1)).toBe(2)
    expect(await when(Promise.resolve(1), async (one) => one + 1)).toBe(2)
  })

  it('throws at once what `then` throws for a value that is there', () => {
    expect(() => when(1, fails)).toThrow(failure)
  })

  it('rejects with a failure of the promise, without calling `then`, or with what `then` throws', async () => {
    let called = 0
    expect(await thrownBy(() => when(failsLater(), () => called++))).toBe(failure)
    expect(called).toBe(0)
    expect(await thrownBy(() => when(Promise.resolve(1), fails))).toBe(failure)
  })
})

describe('attempt', () => {
  it.each(ENDS)(
    'work that is %s is what it is, or is rescued',
    async (_how, work, later, failed) => {
      const seen: unknown[] = []
      const answer = attempt(work, (error) => {
        seen.push(error)
        return 2
      })
      expect(answer instanceof Promise).toBe(later)
      expect(await answer).toBe(failed ? 2 : 1)
      expect(seen).toEqual(failed ? [failure] : [])
    },
  )

  it('a failure of the rescue is a failure, and is not rescued again', async () => {
    const other = new Error('no rescue')
    for (const work of [fails, failsLater]) {
      let rescues = 0
      const error = await thrownBy(() =>
        attempt(work, () => {
          rescues++
          throw other
        }),
      )
      expect([error, rescues]).toEqual([other, 1])
    }
  })
})
