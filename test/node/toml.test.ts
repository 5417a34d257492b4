/** Reading and changing single values of wrangler.toml, with all the rest left as it is. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isPlaceholder, tomlValue, withTomlValue } from '../../cli/deployment/toml.ts'

const SHIPPED = readFileSync('wrangler.toml', 'utf8')

describe('a value', () => {
  it('of a table, of the top, and of the right entry of a list is found', () => {
    expect(tomlValue(SHIPPED, '', 'name')).toBe('turnpike')
    expect(tomlValue(SHIPPED, 'vars', 'ORIGIN_URL')).toBe('https://origin.example.com')
    const where = ['binding', 'SESSIONS'] as const
    expect(tomlValue(SHIPPED, 'kv_namespaces', 'id', where)).toMatch(/^0{32}$/)
    expect(tomlValue(SHIPPED, 'kv_namespaces', 'id', ['binding', 'OTHER'])).toBeUndefined()
    expect(tomlValue(SHIPPED, 'vars', 'name')).toBeUndefined()
  })

  it.each([
    ['a = "x" # y', 'x'],
    ["a = 'x\\n'", 'x\\n'],
    ['a = "x\\"y"', 'x"y'],
    ['  a="x"', 'x'],
    ['# a = "x"', undefined],
    ['ab = "x"', undefined],
    ['a = 1', undefined],
    ['a = "x', undefined],
  ])('%j is %j', (line, value) => {
    expect(tomlValue(`[vars]\n${line}\n`, 'vars', 'a')).toBe(value)
  })
})

describe('a changed value', () => {
  it('is there, and every other line is as before', () => {
    const where = ['binding', 'DB'] as const
    const changed = withTomlValue(SHIPPED, 'd1_databases', 'database_id', 'abc', where)
    expect(tomlValue(changed, 'd1_databases', 'database_id', where)).toBe('abc')
    const lines = SHIPPED.split('\n')
    const different = changed.split('\n').filter((line, i) => line !== lines[i])
    expect(different).toEqual(['database_id = "abc"'])
  })

  it('cannot be set where the file has none', () => {
    expect(() => withTomlValue(SHIPPED, 'vars', 'NOWHERE', 'x')).toThrow('no NOWHERE in [vars]')
  })

  it('cannot end its string', () => {
    const url = 'https://a.test/"\nname = "x'
    const changed = withTomlValue(SHIPPED, 'vars', 'ORIGIN_URL', url)
    expect(tomlValue(changed, 'vars', 'ORIGIN_URL')).toBe(url)
    expect(tomlValue(changed, '', 'name')).toBe('turnpike')
  })
})

it.each([
  ['00000000-0000-0000-0000-000000000000', true],
  ['0x0000000000000000000000000000000000000000', true],
  ['00000000000000000000000000000000', true],
  ['https://origin.example.com/mcp', true],
  ['https://example.com', true],
  ['https://notexample.com', false],
  ['0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC', false],
  ['https://api.acme.test/?q=example.com', false],
])('%s is a placeholder: %s', (value, expected) => {
  expect(isPlaceholder(value)).toBe(expected)
})
