/** The estimate of what data takes, for memories that strangers can fill. */
import { expect, it } from 'vitest'
import { estimatedBytes } from '../../../src/lib/estimatedBytes.ts'

it('counts each character of each text, however deep, at two bytes', () => {
  const empty = { id: '', uris: ['', ''], owner: { name: '' } }
  const full = { id: 'x'.repeat(10), uris: ['y'.repeat(100), ''], owner: { name: 'z'.repeat(5) } }
  expect(estimatedBytes(full) - estimatedBytes(empty)).toBe(2 * 115)
})

it('counts lists and objects by their members, and takes any value', () => {
  expect(estimatedBytes(Array(1_000).fill(0))).toBeGreaterThan(8_000)
  for (const value of [null, undefined, 0, true, '']) expect(estimatedBytes(value)).toBe(16)
})
