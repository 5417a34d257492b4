import { describe, expect, it } from 'vitest'
import { checkedModule, skimmed } from '../../cli/build/skimmed.ts'

/** Imports a module by its text. */
const load = (code: string) => import(`data:text/javascript,${encodeURIComponent(code)}`)

describe('a skimmed module', () => {
  it('exports what the module exports, by the same names, after its code has run', async () => {
    const code =
      'var a=1;function b(){return a+c}class d{}var c=2;a=5;export{a as x,b,d as default};\n'
    const module = await load(skimmed(code))
    expect(Object.keys(module).sort()).toEqual(['b', 'default', 'x'])
    expect([module.x, module.b()]).toEqual([5, 7])
    expect(new module.default()).toBeInstanceOf(module.default)
  })

  it('imports what the module imports, in every form', () => {
    const imports =
      'import{a as b,c}from"./one.js";import*as d from"node:x";import e from"y";import"./two.js";'
    const code = skimmed(`${imports}var f=b+c+d+e;export{f};\n`)
    expect(code).toBe(
      `${imports}var exported0;function skimmed(){var f=b+c+d+e;;exported0=f}skimmed();export{exported0 as f};\n`,
    )
  })

  it('runs a module without exports, and one that only hands on', async () => {
    expect(skimmed('import"./one.js";globalThis.ran=1;\n')).toBe(
      'import"./one.js";function skimmed(){globalThis.ran=1;\n}skimmed();\n',
    )
    expect(skimmed('import{a as b}from"./one.js";export{b as c};\n')).toContain('as c};')
  })

  it('takes the word export in a text for no list of exports', async () => {
    const module = await load(skimmed('var a="export{b};";export{a};\n'))
    expect(module.a).toBe('export{b};')
  })

  it.each([
    'import{a}from"./one.js"\nvar b;',
    'export{a}from"./one.js";',
    'export*from"./one.js";',
  ])('is refused in a form that esbuild does not write: %s', (code) =>
    expect(() => skimmed(code)).toThrow('another form'),
  )

  it.each([
    ['an import after code', 'var a;import{b}from"node:fs";export{b};\n'],
    ['exports of another module after code', 'var a;export*from"node:fs";export{a};\n'],
    ['a comment after the exports', 'var a=1;export{a};\n/*! MIT, export{a}; */\n'],
    ['a name in quotes', 'var a=1;export{a as"a-b"};\n'],
    ['an await', 'var a=await 1;export{a};\n'],
    ['a first line for a shell', '#!/usr/bin/env node\nvar a=1;export{a};\n'],
  ])('is never written with %s', async (_what, code) => {
    await expect(checkedModule(code)).resolves.toBe(code)
    await expect(checkedModule(skimmed(code))).rejects.toThrow('another form')
  })

  it('has texts as they are, whatever stands in them', async () => {
    const texts = ['export{a};', 'import"x";', '`a`', '*/', '\u2028', '</script>', "'", '"', '\\']
    const code = `var a=${JSON.stringify(texts)};export{a};\n`
    expect((await load(await checkedModule(skimmed(code)))).a).toEqual(texts)
  })
})
