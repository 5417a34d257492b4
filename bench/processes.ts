/** The programs that the bench starts. None of them outlives it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A program that takes longer than this to get ready is not going to, in milliseconds. */
const START_PATIENCE_MS = 30_000

const running = new Set<ChildProcess>()

// Miniflare and the tests' chain start programs too.
process.once('exit', () => {
  for (const { pid } of ownChildren()) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1))
}

export interface Program {
  /** The program's own process. `taskset` is none: it becomes the program that it starts. */
  pid: number
  end: () => Promise<void>
}

/**
 * Starts a program and waits until `isReady` is true for a line that it writes: to stdout, or to
 * file descriptor 3 if `channel` is 3. Null: it says nothing, so it is not waited for. Rejects with
 * what it wrote to stderr if it ends before.
 */
export async function startProgram(
  [command = '', ...args]: readonly string[],
  isReady: ((line: string) => boolean) | null,
  channel: 1 | 3 = 1,
): Promise<Program> {
  const child = spawn(command, args, {
    stdio: ['ignore', channel === 1 ? 'pipe' : 'ignore', 'pipe', channel === 3 ? 'pipe' : 'ignore'],
  })
  running.add(child)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child)
      resolve()
    })
  })
  let complaints = ''
  child.stderr?.on('data', (chunk) => {
    complaints = (complaints + chunk).slice(-4_000)
  })
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => fail('is not ready'), START_PATIENCE_MS)
    const fail = (why: string) => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new Error(`${command} ${args[0]} ${why}: ${complaints}`))
    }
    const succeed = () => {
      clearTimeout(timer)
      resolve()
    }
    child.once('error', reject)
    child.once('exit', (code) => fail(`ended with ${code}`))
    if (isReady === null) return void child.once('spawn', succeed)
    createInterface({ input: child.stdio[channel] as Readable }).on('line', (line) => {
      if (isReady(line)) succeed()
    })
  })
  return {
    pid: child.pid ?? 0,
    end: () => {
      child.kill('SIGKILL')
      return exited
    },
  }
}

/** The workerd processes that Miniflare has started in this process. */
export function workerdsOfMiniflare(): number[] {
  const started = new Set([...running].map(({ pid }) => pid))
  return ownChildren()
    .filter(({ pid, name }) => name === 'workerd' && !started.has(pid))
    .map(({ pid }) => pid)
}

function ownChildren(): { pid: number; name: string }[] {
  const lines = execFileSync('ps', ['-o', 'pid=,ppid=,comm=', '-A'], { encoding: 'utf8' })
  return lines.split('\n').flatMap((line) => {
    const [pid, parent, name = ''] = line.trim().split(/\s+/)
    return Number(parent) === process.pid ? [{ pid: Number(pid), name }] : []
  })
}
