/** Lets one `npm run dev` at a time use a folder. */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

/** The start that uses a folder. */
interface Holder {
  pid: number
  url: string
}

/**
 * Takes the lock file for this process until it exits, and returns null; or returns the URL of the
 * start that has it. A start that was killed has lost it.
 */
export function takeLock(file: string, url: string): string | null {
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, url }), { flag: 'wx', mode: 0o600 })
      process.once('exit', () => rmSync(file, { force: true }))
      return null
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = readHolder(file)
    if (holder !== null && isStart(holder.pid)) return holder.url
    rmSync(file, { force: true })
  }
}

function readHolder(file: string): Holder | null {
  try {
    const { pid, url } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>
    return Number.isSafeInteger(pid) && typeof url === 'string' ? { pid: Number(pid), url } : null
  } catch {
    return null
  }
}

/** Whether the process runs, and is a start: the system reuses numbers of processes. */
function isStart(pid: number): boolean {
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return command.includes('dev/start.ts')
  } catch {
    return false
  }
}
