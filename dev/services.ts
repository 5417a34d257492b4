/**
 * Starts and ends the processes of `npm run dev`, each in a process group that can be ended as a
 * whole.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { writeWhole } from './files.ts'

/**
 * The services of one start. `groupsFile` lists their process groups, so that the next start can
 * end them if this one is killed.
 */
export function createServices(groupsFile: string, cwd: string) {
  const children: ChildProcess[] = []
  let ending = false

  function endGroups(signal: NodeJS.Signals): void {
    for (const { pid } of children) if (pid !== undefined) signalGroup(pid, signal)
  }

  /** Ends all services with SIGTERM, waits for them, and exits with the status. */
  async function endAll(status: number): Promise<void> {
    if (ending) return
    ending = true
    endGroups('SIGTERM')
    await Promise.all(children.map(exited))
    process.exit(status)
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void endAll(0))
  }
  process.once('exit', () => {
    endGroups('SIGKILL')
    rmSync(groupsFile, { force: true })
  })

  return {
    /** Starts a program. If the program exits by itself, everything ends. */
    start(program: string, args: string[], env: Record<string, string> = {}): ChildProcess {
      const child = spawn(program, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'inherit', 'inherit'],
        detached: true, // makes a process group of its own
      })
      children.push(child)
      writeWhole(groupsFile, children.map(({ pid }) => pid).join('\n'))
      child.once('exit', (code) => void endAll(code ?? 1))
      return child
    },
  }
}

/**
 * Ends the process groups that a killed start has left in the file, if their programs run below
 * `cwd`.
 */
export async function endLeftovers(groupsFile: string, cwd: string): Promise<void> {
  if (!existsSync(groupsFile)) return
  const groups = readFileSync(groupsFile, 'utf8').split('\n').map(Number)
  rmSync(groupsFile)
  // The system may have reused a number for another process since.
  const ours = execFileSync('ps', ['-A', '-o', 'pgid=,command='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(cwd))
    .map((line) => Number.parseInt(line, 10))
  for (const group of groups.filter((one) => ours.includes(one))) {
    // A group has ended when it has no process left that takes a signal.
    while (signalGroup(group, 'SIGKILL')) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

/** Signals a process group. Returns false if the group has no process. */
function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false
  }
}
