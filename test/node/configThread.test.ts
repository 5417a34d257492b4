/** A config file runs in a thread, so that the command that reads the file goes on. */
import { expect, it } from 'vitest'
import { runModule } from '../../cli/config/thread.ts'

it.each([
  [
    'its table',
    'export default { routes: new Set([1n]) }',
    { exported: { routes: new Set([1n]) } },
  ],
  ['no data', 'export default { routes: () => 1 }', { exported: undefined }],
  ['an error', 'throw new RangeError("no")', { error: { name: 'RangeError', message: 'no' } }],
  ['no Error', 'throw "no"', { error: { name: '', message: 'no' } }],
  ['the end', 'process.exit(3); export default 1', { exitCode: 3 }],
  ['the end by an import', 'import { exit } from "node:process"; exit(4)', { exitCode: 4 }],
  ['the end by a promise', 'await new Promise(() => 0)', { exitCode: 0 }],
  ['a timer', 'setInterval(() => 0, 1000); export default 1', { exported: 1 }],
])('code that brings %s is told so', async (_, source, ran) => {
  expect(await runModule(source)).toEqual(ran)
})

it('code that never ends is ended', async () => {
  expect(await runModule('for (;;);', 50)).toMatchObject({ error: { name: '' } })
})
