/** The values of a secret while it is rotated: nothing that was made before stops working. */
import { describe, expect, it } from 'vitest'
import { secretNames, secretValues } from '../../../src/lib/secretValues.ts'

const NOW = 1_800_000_000_000
const S = NOW / 1000

describe('secretValues', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['one value', { A: 'old' }, ['old']],
    ['none', {}, []],
    ['an empty one counts as none', { A: '', A_2: 'x' }, ['x']],
    [
      'a new one that waits is accepted, and not used',
      { A: 'old', A_2: `new@${S + 1}` },
      ['old', 'new'],
    ],
    ['a new one from its time on', { A: 'old', A_2: `new@${S}` }, ['new', 'old']],
    [
      'the newest of several, wherever it is stored',
      { A: `c@${S - 1}`, A_2: `a@${S - 100}`, A_3: `b@${S - 50}`, A_4: `d@${S + 9}` },
      ['c', 'b', 'a', 'd'],
    ],
    ['one that waits alone is used', { A_2: `new@${S + 9}` }, ['new']],
    ['a JSON value keeps its form', { A: '[{"kid":"a@1x"}]' }, ['[{"kid":"a@1x"}]']],
    ['a JSON value with a time', { A_2: `[{"kid":"a"}]@${S}` }, ['[{"kid":"a"}]']],
    ['what is no text is not a value', { A: 1, A_2: null, A_3: 'x' }, ['x']],
    ['other names are not values', { A_1: 'x', A_10: 'y', AB: 'z', A_x: 'w' }, []],
  ])('%s', (_, env, expected) => {
    expect(secretValues(env, 'A', NOW)).toEqual(expected)
  })

  it('there are nine names', () => {
    expect(secretNames('A')).toEqual(['A', ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => `A_${n}`)])
  })
})
