import { describe, expect, it } from 'vitest'
import { skimmed } from '../../cli/build/skimmed.ts'

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
})
