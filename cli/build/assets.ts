/** Puts the files of libraries that pages load beside our own assets. They are in no bundle. */
import { copyFile, mkdir } from 'node:fs/promises'

/** Swagger UI, which draws the reference. */
const FILES = ['swagger-ui-bundle.js', 'swagger-ui.css']
const SOURCE = new URL('../../node_modules/swagger-ui-dist/', import.meta.url)
const TARGET = new URL('../../public/assets/reference/', import.meta.url)

/** Copies the files to `public/assets/reference/`. Rejects if the library is not installed. */
export async function copyAssets(): Promise<void> {
  await mkdir(TARGET, { recursive: true })
  await Promise.all(FILES.map((name) => copyFile(new URL(name, SOURCE), new URL(name, TARGET))))
}
