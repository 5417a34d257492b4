/** Reads the migrations that drizzle-kit has written. */
import { readdirSync, readFileSync } from 'node:fs'

/** The files of migrations/ with their SQL statements, in the order in which they are applied. */
export function readMigrations(): { name: string; statements: string[] }[] {
  const folder = new URL('../migrations/', import.meta.url)
  const names = readdirSync(folder).filter((file) => file.endsWith('.sql'))
  return names.sort().map((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8')
    return { name, statements: text.split('--> statement-breakpoint') }
  })
}
