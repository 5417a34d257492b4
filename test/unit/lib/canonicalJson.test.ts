import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, type Json } from '../../../src/lib/canonicalJson.ts'
import { RUNS } from '../../support/worker/generators.ts'

/** A JSON text in its canonical spelling. */
const respelled = (text: string) => canonicalJson(JSON.parse(text) as Json)

describe('the examples of RFC 8785', () => {
  it('section 3.2.2: literals, numbers and strings', () => {
    const given = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`
    const numbers = '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]'
    const string = String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"`
    expect(respelled(given)).toBe(`{"literals":[null,true,false],${numbers},${string}}`)
  })

  it('section 3.2.3: members by UTF-16 code units, not by code points', () => {
    const given = String.raw`{
      "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Dalet With Dagesh", "1": "One",
      "\ud83d\ude00": "Grinning Face", "\u0080": "Control", "\u00f6": "O With Diaeresis"
    }`
    expect([...respelled(given).matchAll(/"([\w ]+)"[,}]/g)].map(([, name]) => name)).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'O With Diaeresis',
      'Euro Sign',
      'Grinning Face',
      'Dalet With Dagesh',
    ])
  })

  it.each([
    // Appendix B.
    ['-0', '0'],
    ['5e-324', '5e-324'],
    ['9007199254740992', '9007199254740992'],
    ['295147905179352830000', '295147905179352830000'],
    ['999999999999999900000', '999999999999999900000'],
    ['1e21', '1e+21'],
    ['9.999999999999997e-7', '9.999999999999997e-7'],
    ['0.000001', '0.000001'],
  ])('the number %s is written %s', (given, expected) => {
    expect(respelled(given)).toBe(expected)
  })
})

describe('one spelling', () => {
  it.each<[what: string, given: string, expected: string]>([
    ['order and white space', '{ "b" : 1,\n\t"a" : 2 }', '{"a":2,"b":1}'],
    ['at every depth', '[{"b":{"d":1,"c":2},"a":[]}]', '[{"a":[],"b":{"c":2,"d":1}}]'],
    ['an array keeps its order', '[3,1,2]', '[3,1,2]'],
    ['numbers among the names', '{"10":1,"9":2,"a":3,"1":4}', '{"1":4,"10":1,"9":2,"a":3}'],
    [
      'a name before a longer one that begins with it',
      '{"ab":1,"a":2,"":3}',
      '{"":3,"a":2,"ab":1}',
    ],
    ['capitals first', '{"a":1,"B":2}', '{"B":2,"a":1}'],
    ['escapes that are needed', '"\\u0000\\u001f\\b\\t\\f\\/"', '"\\u0000\\u001f\\b\\t\\f/"'],
    ['escapes that are not', '"\\u0061\\u00e9\\u2028\\u007f"', '"aé\u2028\u007f"'],
    ['escapes in a name', '{"\\u0022":1}', '{"\\"":1}'],
    ['__proto__ is a name like any other', '{"b":1,"__proto__":2}', '{"__proto__":2,"b":1}'],
    ['empty things', '[{},[],"",null]', '[{},[],"",null]'],
  ])('%s', (_what, given, expected) => {
    expect(respelled(given)).toBe(expected)
  })

  it('keeps the value, is idempotent, and does not depend on the order of members', () => {
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        const text = canonicalJson(value)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(respelled(text)).toBe(text)
        expect(canonicalJson(reversed(value))).toBe(text)
      }),
      RUNS,
    )
  })
})

/** The same value with the members of every object in reverse order. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, reversed(member)] as const)
  return Object.fromEntries(members.reverse())
}
