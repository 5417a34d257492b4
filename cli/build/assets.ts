/** Puts the files of libraries that pages load beside our own assets. They are in no bundle. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'

/** Swagger UI, which draws the reference. */
const SOURCE = new URL('../../node_modules/swagger-ui-dist/', import.meta.url)
const TARGET = new URL('../../public/assets/reference/', import.meta.url)

/** Drafts have a folder apart, because a running gateway serves all that is beside the assets. */
const DRAFTS = new URL('../../node_modules/.cache/turnpike/', import.meta.url)

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
 * Copies the files to a folder, `public/assets/reference/`, and leaves those that are right already
 * as they are: a gateway that runs meanwhile would start again for each that is written. Rejects if
 * the library is not installed, or does not have the parts that are replaced.
 */
export async function copyAssets(folder: URL = TARGET): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, part, replacement] of FILES) {
    const text = await readFile(new URL(name, SOURCE), 'utf8')
    const changed = text.replace(part, replacement)
    if (changed === text) throw new Error(`${name} of swagger-ui-dist has no ${part.source}`)
    await writeIfNew(new URL(name, folder), changed)
  }
}

/** Writes a text so that a reader has all of the old text or all of the new one. */
async function writeIfNew(file: URL, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => null)) === text) return
  await mkdir(DRAFTS, { recursive: true })
  const draft = new URL(`asset-${process.pid}`, DRAFTS)
  await writeFile(draft, text)
  await rename(draft, file)
}
