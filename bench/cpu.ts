/** Which core a process runs on, and how much CPU time it has used. Linux only. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** The core of what is measured. The load generator and the origin have the others. */
const SERVER_CORE = 0

/** Why nothing is pinned, or null. */
export function whyUnpinned(): string | null {
  if (availableParallelism() < 2) return 'this machine has one core'
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' })
    return null
  } catch {
    return 'taskset is missing'
  }
}

export interface Pinning {
  /** A command line that runs a program on the server's core. */
  server: (command: readonly string[]) => string[]
  /** The same on the other cores. */
  client: (command: readonly string[]) => string[]
  /** Moves a running process, all its threads, to the server's core. */
  moveToServer: (pid: number) => void
}

/** Puts this process on the client's cores. `isPinned` false: every process runs where it likes. */
export function createPinning(isPinned: boolean): Pinning {
  if (!isPinned) {
    const same = (command: readonly string[]) => [...command]
    return { server: same, client: same, moveToServer: () => {} }
  }
  const server = String(SERVER_CORE)
  const client = `${SERVER_CORE + 1}-${availableParallelism() - 1}`
  move(process.pid, client)
  return {
    server: (command) => ['taskset', '-c', server, ...command],
    client: (command) => ['taskset', '-c', client, ...command],
    moveToServer: (pid) => move(pid, server),
  }
}

function move(pid: number, cores: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' })
}

/** The CPU time that all threads of a process have used since it started, in nanoseconds. */
export function cpuNanoseconds(pid: number): number {
  let sum = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  }
  return sum
}
