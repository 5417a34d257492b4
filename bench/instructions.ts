/**
 * Instructions for one answer, as valgrind counts them. CPU times of a busy machine differ by a
 * tenth from run to run; instructions differ by a hundredth, so they show what a small change does.
 * They leave out garbage collection, and what waiting for memory costs.
 */
import { execFileSync } from 'node:child_process'
import type { Pinning } from './cpu.ts'
import { startGround } from './ground.ts'
import { openLoad } from './load.ts'
import { probe, type Server } from './rounds.ts'
import { floorsOf, oursOf, type Subject } from './subjects.ts'

/** Few, because a call that takes longer than 20 ms does more: the platform is slowed down. */
const CONNECTIONS = 2
/** The requests that each subject gets before anything is counted, and while it is. */
const WARM_UP = 3_000
const COUNTED = 400

/** Nothing is collected while it is counted, and no other thread compiles or collects. */
const V8_FLAGS = ['--single-threaded', '--min-semi-space-size=256', '--max-semi-space-size=256']

/** The subjects that are left out: with many bytes or streams, or another request each time. */
const LEFT_OUT = /MiB|events|cold|429|openapi/

/** Why nothing can be counted, or null. */
export function whyNotCounted(): string | null {
  try {
    execFileSync('valgrind', ['--version'], { stdio: 'ignore' })
    return null
  } catch {
    return 'valgrind is missing'
  }
}

/** Counts the instructions of all subjects, and prints a line for each. Takes some minutes. */
export async function countInstructions(): Promise<void> {
  const ground = await startGround(underValgrind, 10, [], V8_FLAGS)
  try {
    const subjects = [...floorsOf(ground.requests), ...oursOf(ground.requests)]
    const counts = new Map<string, number>()
    for (const subject of subjects.filter(({ name }) => !LEFT_OUT.test(name))) {
      const { name, floor } = subject
      const count = await instructionsOf(subject, ground.serverOf(subject.server))
      counts.set(name, count)
      const ratio =
        floor === null ? '' : `${((counts.get(floor) ?? 0) / count).toFixed(3)}  ${floor}`
      console.log(`${name.padEnd(40)} ${(count / 1_000).toFixed(0).padStart(6)} k  ${ratio}`)
    }
  } finally {
    await ground.end()
  }
}

/** Servers run in valgrind, which counts only while it is told to. */
const underValgrind: Pinning = {
  server: (command) => [
    'valgrind',
    '--tool=callgrind',
    '--instr-atstart=no',
    '--smc-check=all-non-file',
    '--callgrind-out-file=/dev/null',
    ...command,
  ],
  client: (command) => [...command],
  moveToServer: () => undefined,
}

async function instructionsOf(subject: Subject, server: Server): Promise<number> {
  await probe(subject, server)
  const { next, status } = subject
  const load = await openLoad({ port: server.port, next, status }, CONNECTIONS)
  const control = (...args: string[]) =>
    execFileSync('callgrind_control', [...args, String(server.pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  try {
    await load.send(WARM_UP)
    control('-i', 'on')
    await load.send(CONNECTIONS)
    const before = sumIn(control('-s', '-e'))
    await load.send(COUNTED)
    const after = sumIn(control('-s', '-e'))
    control('-i', 'off')
    return (after - before) / COUNTED
  } finally {
    load.close()
  }
}

/** The instructions of all threads in a report of callgrind_control. */
function sumIn(report: string): number {
  const lines = report.matchAll(/^\s*Th \d+\s+([\d,]+)/gm)
  return [...lines].reduce((sum, [, count = '']) => sum + Number(count.replaceAll(',', '')), 0)
}
