import { afterEach, describe, expect, it, vi } from 'vitest'
import { deadline } from '../../../src/lib/deadline.ts'

afterEach(() => void vi.useRealTimers())

describe('deadline', () => {
  it('gives what the work resolves to, and leaves no timer behind', async () => {
    vi.useFakeTimers()
    expect(await deadline(50, async () => 'done')).toBe('done')
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('broken'))],
    [
      'throws at once',
      () => {
        throw new Error('broken')
      },
    ],
  ])('rejects with what the work says that %s, and leaves no timer behind', async (_, work) => {
    vi.useFakeTimers()
    await expect(deadline(50, work)).rejects.toThrow('broken')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects with an error that names the limit when the work takes longer', async () => {
    vi.useFakeTimers()
    const late = expect(deadline(50, () => new Promise(() => {}))).rejects.toThrow(
      'no answer within 50 ms',
    )
    await vi.advanceTimersByTimeAsync(49)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    await late
    expect(vi.getTimerCount()).toBe(0)
  })
})
