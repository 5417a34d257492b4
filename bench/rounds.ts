/**
 * Rounds: each subject has one turn in each, in random order, so that a noisy moment hits anybody.
 */
import { cpuNanoseconds } from './cpu.ts'
import { askOnce, CONNECTIONS, openLoad } from './load.ts'
import type { Subject } from './subjects.ts'

/** A run that is late has so many rounds all the same. */
const FEWEST_ROUNDS = 3

/** Where a server listens, and the process whose CPU time counts. */
export interface Server {
  port: number
  pid: number
}

export interface RoundSettings {
  rounds: number
  /** Requests of a usual turn. */
  requests: number
  /** Requests that each subject gets before the first round. */
  warmUp: number
  /** No round begins later than this after the start of the bench, in milliseconds. */
  lastRoundAfterMs: number
}

/** The CPU microseconds for one answer, of each round, by the subject's name. */
export type Costs = ReadonlyMap<string, readonly number[]>

/** One request whose answer is looked at. Rejects if it is not what the subject must answer. */
export async function probe({ name, next, status, shows }: Subject, { port }: Server) {
  const answer = await askOnce(port, next())
  const isGood = answer.status === status && shows.test(answer.head + answer.body)
  if (!isGood)
    throw new Error(`${name}: not the answer that was expected:\n${answer.head}${answer.body}`)
  return answer
}

/**
 * Measures all subjects. Rejects when one does not answer as it must. `elapsed` is how long the
 * bench has been running, in milliseconds.
 */
export async function measure(
  subjects: readonly Subject[],
  serverOf: (subject: Subject) => Server,
  { rounds, requests, warmUp, lastRoundAfterMs }: RoundSettings,
  tell: (progress: string) => void,
  elapsed: () => number,
): Promise<Costs> {
  const costs = new Map<string, number[]>(subjects.map(({ name }) => [name, []]))
  const share = (subject: Subject, count: number) =>
    Math.max(CONNECTIONS, Math.round(count * subject.part))
  tell('warming up')
  for (const subject of subjects) {
    await turn(subject, serverOf(subject), share(subject, warmUp))
  }
  for (let round = 1; round <= rounds; round++) {
    if (round > FEWEST_ROUNDS && elapsed() > lastRoundAfterMs) break
    tell(`round ${round} of ${rounds}`)
    for (const subject of shuffled(subjects)) {
      const cost = await turn(subject, serverOf(subject), share(subject, requests))
      costs.get(subject.name)?.push(cost)
    }
  }
  return costs
}

/**
 * One turn of a subject: the CPU microseconds for one answer. The first answer of each connection
 * does not count.
 */
async function turn(subject: Subject, { port, pid }: Server, requests: number): Promise<number> {
  const load = await openLoad({ port, next: subject.next, status: subject.status })
  try {
    await load.send(CONNECTIONS)
    const before = cpuNanoseconds(pid)
    await load.send(requests)
    return (cpuNanoseconds(pid) - before) / requests / 1_000
  } catch (cause) {
    throw new Error(`${subject.name} could not be measured`, { cause })
  } finally {
    load.close()
  }
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value)
}
