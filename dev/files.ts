/** Files that a kill at any moment leaves whole, and their folder. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'

/** Writes a text so that the file has all of the old text or all of the new one at any moment. */
export function writeWhole(file: string, text: string, mode = 0o666): void {
  writeFileSync(`${file}.new`, text, { mode })
  renameSync(`${file}.new`, file)
}

/** Makes a folder if it is not there. Returns the reason if it cannot be made, else null. */
export function makeFolder(path: string): string | null {
  try {
    mkdirSync(path, { recursive: true })
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
