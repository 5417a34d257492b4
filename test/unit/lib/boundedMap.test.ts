/** The map that strangers cannot grow. */
import { describe, expect, it } from 'vitest'
import { createBoundedMap } from '../../../src/lib/boundedMap.ts'

describe('a bounded map', () => {
  it('drops what was set first, as soon as there is too little room', () => {
    const dropped: string[] = []
    const map = createBoundedMap<string>(
      400,
      (value) => value.length,
      (key) => dropped.push(key),
    )
    for (const key of ['a', 'b', 'c', 'd']) map.set(key, 'x'.repeat(20))
    expect([map.size, map.bytes, dropped]).toEqual([4, 4 * 85, []])
    map.set('a', 'y'.repeat(20))
    map.set('e', 'x'.repeat(150))
    expect(dropped, 'a was set again').toEqual(['b', 'c'])
    expect([...map.entries()].map(([key]) => key)).toEqual(['d', 'a', 'e'])
    expect(map.bytes).toBeLessThanOrEqual(400)
  })

  it('never keeps a value that is larger than the whole map', () => {
    const map = createBoundedMap<string>(1_000, (value) => value.length)
    map.set('small', '')
    map.set('large', 'x'.repeat(2_000))
    expect([map.size, map.bytes]).toEqual([0, 0])
  })

  it('counts no entry twice and none that is gone', () => {
    const map = createBoundedMap<number>(1_000, 8)
    for (let n = 0; n < 100; n++) map.set('one', n)
    expect([map.get('one'), map.size, map.bytes]).toEqual([99, 1, 75])
    expect([map.delete('one'), map.delete('one')]).toEqual([true, false])
    expect(map.bytes).toBe(0)
    for (let n = 0; n < 1_000; n++) map.set(`key ${n}`, n)
    for (const [key] of map.entries()) map.delete(key)
    expect([map.size, map.bytes]).toEqual([0, 0])
  })
})
