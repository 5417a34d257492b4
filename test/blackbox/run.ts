/**
 * `npm run test:blackbox -- CASES.json [FILTER] [--all]`: runs a file of black-box cases; without a
 * file, our own cases.json. FILTER is a regular expression for ids. --all also runs the cases that
 * are known to fail.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type CaseFile, parseCaseFile } from './format.ts'
import { startLab } from './lab.ts'
import { type Report, runSuite } from './suite.ts'

export interface RunOptions {
  filter?: RegExp
  all?: boolean
}

/** Our own cases. */
export const OWN_CASES = new URL('cases.json', import.meta.url)

/** Reads a file of cases. Throws a sentence if it is none. */
export function readCases(path: string | URL): CaseFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`${path} cannot be read`, { cause: error })
  }
  return parseCaseFile(text)
}

/** Starts a lab, runs the cases of the file in it, and ends the lab. */
export async function runFile(path: string | URL, options: RunOptions = {}): Promise<Report> {
  const suite = { ...options, file: readCases(path), own: readCases(OWN_CASES) }
  const lab = await startLab()
  try {
    return await runSuite(lab, suite)
  } finally {
    await lab.close()
  }
}

function toFilter(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch {
    throw new Error(`FILTER "${text}" is no regular expression`)
  }
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { all: { type: 'boolean', default: false } },
  })
  const [given, filter] = positionals
  // npm runs scripts in the project's folder, but CASES.json is relative to the folder of the
  // caller.
  const path = given === undefined ? OWN_CASES : resolve(process.env.INIT_CWD ?? '', given)
  const options = { all: values.all, ...(filter === undefined ? {} : { filter: toFilter(filter) }) }
  const { passed, failed, skipped } = await runFile(path, options)
  for (const { id, title, complaints } of failed)
    console.log(`FAIL ${id} ${title} | ${complaints.slice(0, 3).join(' ; ')}`)
  for (const [reason, cases] of Map.groupBy(skipped, (one) => one.reason))
    console.log(`SKIP ${cases.map(({ id }) => id).join(' ')} | ${reason}`)
  console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`)
  const chosen = passed.length + failed.length + skipped.length
  process.exitCode = failed.length > 0 || chosen === 0 ? 1 : 0
}

if (import.meta.main)
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 2
  }
