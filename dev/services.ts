/** The processes behind `npm run dev`, each in a group of its own, so that each can be ended whole. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

/** Started services. `groupsFile` names their groups, for a next start to clean up should this one be killed. */
export function createServices(groupsFile: string, cwd: string) {
  const children: ChildProcess[] = []
  let ending = false

  function endGroups(signal: NodeJS.Signals): void {
    for (const { pid } of children) if (pid !== undefined) signalGroup(pid, signal)
  }

  /** Ends all services, gently first, and this process with them. */
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
    /** Starts a program. That it ends by itself ends everything. */
    start(program: string, args: string[], env: Record<string, string> = {}): ChildProcess {
      const child = spawn(program, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'inherit', 'inherit'],
        detached: true, // a group of its own
      })
      children.push(child)
      writeFileSync(groupsFile, children.map(({ pid }) => pid).join('\n'))
      child.once('exit', (code) => void endAll(code ?? 1))
      return child
    },
  }
}

/** Ends what a start that was killed left behind: the groups of the file, if they run programs below `cwd`. */
export async function endLeftovers(groupsFile: string, cwd: string): Promise<void> {
  if (!existsSync(groupsFile)) return
  const groups = readFileSync(groupsFile, 'utf8').split('\n').map(Number)
  rmSync(groupsFile)
  // The system may have given a number to somebody else since.
  const ours = execFileSync('ps', ['-A', '-o', 'pgid=,command='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(cwd))
    .map((line) => Number.parseInt(line, 10))
  for (const group of groups.filter((one) => ours.includes(one))) {
    // A group is gone when nobody in it can be signalled any more.
    while (signalGroup(group, 'SIGKILL')) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

/** False: there is nobody in the group. */
function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false
  }
}
