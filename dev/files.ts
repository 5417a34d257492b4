/** Files that a kill at any moment leaves whole. */
import { renameSync, writeFileSync } from 'node:fs'

/** Writes a text so that the file has all of the old text or all of the new one at any moment. */
export function writeWhole(file: string, text: string, mode = 0o666): void {
  writeFileSync(`${file}.new`, text, { mode })
  renameSync(`${file}.new`, file)
}
