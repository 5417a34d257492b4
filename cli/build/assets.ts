/** Puts the files of libraries that pages load beside our own assets. They are in no bundle. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'

/** Swagger UI, which draws the reference. */
const SOURCE = new URL('../../node_modules/swagger-ui-dist/', import.meta.url)
const TARGET = new URL('../../public/assets/reference/', import.meta.url)

/** The files, each with a part that is replaced: a page has one main part, and no pictures. */
const FILES: readonly [name: string, part: RegExp, replacement: string][] = [
  [
    'swagger-ui-bundle.js',
    /createElement\("main",\{id:"operations"/g,
    'createElement("div",{id:"operations"',
  ],
  ['swagger-ui.css', /url\((?:"data:(?:\\.|[^"\\])*"|data:[^)]*)\)/g, 'none'],
]

/**
 * Copies the files to `public/assets/reference/`. Rejects if the library is not installed, or does
 * not have the parts that are replaced.
 */
export async function copyAssets(): Promise<void> {
  await mkdir(TARGET, { recursive: true })
  for (const [name, part, replacement] of FILES) {
    const text = await readFile(new URL(name, SOURCE), 'utf8')
    const changed = text.replace(part, replacement)
    if (changed === text) throw new Error(`${name} of swagger-ui-dist has no ${part.source}`)
    await writeFile(new URL(name, TARGET), changed)
  }
}
