/** The subjects of a run, and where each one listens. */
import type { Pinning } from './cpu.ts'
import type { Ground } from './ground.ts'
import { hasNginx, startNginx } from './nginx.ts'
import { peerSubjects, startFastify } from './peers.ts'
import { probe, type Server } from './rounds.ts'
import { startSimulated } from './simulated.ts'
import { floorsOf, oursOf, type Subject, subject, tableOf } from './subjects.ts'

/** Keys in the simulated store: so many that one has been forgotten when it comes again. */
const STORED_KEYS = 1_500

const BY_KEY = 'ours: warm key → origin'

/** A subject that is a process of its own, started only where it is measured. */
interface Standalone {
  subject: Subject
  start: () => Promise<Server & { end: () => Promise<void> }>
}

export interface LineUp {
  subjects: readonly Subject[]
  serverOf: (subject: Subject) => Server
  end: () => Promise<void>
}

/**
 * The subjects whose name holds one of `only` (null: all), each of which has answered once as it
 * must. Rejects for one that has not.
 */
export async function startLineUp(
  ground: Ground,
  pinning: Pinning,
  { peers, only }: { peers: boolean; only: readonly string[] | null },
): Promise<LineUp> {
  const { requests } = ground
  const isChosen = ({ name }: Subject) => only === null || only.some((text) => name.includes(text))
  const workers = [
    ...floorsOf(requests),
    ...oursOf(requests),
    ...tableOf('10', requests),
    ...tableOf('1000', requests),
    ...(peers ? await peerSubjects(ground) : []),
  ].filter(isChosen)
  const standalones = standalonesOn(ground, pinning, peers).filter((one) => isChosen(one.subject))
  const servers = new Map<string, Server>()
  const ends: (() => Promise<void>)[] = []
  const end = async () => {
    for (const endOne of ends) await endOne()
  }
  const serverOf = ({ server }: Subject) => servers.get(server) ?? ground.serverOf(server)
  try {
    for (const { subject, start } of standalones) {
      const server = await start()
      ends.push(server.end)
      servers.set(subject.server, server)
    }
    const subjects = [...workers, ...standalones.map((one) => one.subject)]
    if (subjects.length === 0) throw new Error(`no subject's name holds "${only?.join('" or "')}"`)
    for (const one of subjects) await probe(one, serverOf(one))
    return { subjects, serverOf, end }
  } catch (error) {
    await end()
    throw error
  }
}

function standalonesOn(ground: Ground, pinning: Pinning, peers: boolean): Standalone[] {
  const { requests, credentials, originPort } = ground
  const keys = credentials.coldKeys.slice(0, STORED_KEYS)
  const standalone = (
    name: string,
    server: string,
    next: () => Buffer,
    start: Standalone['start'],
    part = 1,
  ): Standalone => ({ subject: subject(name, server, next, { floor: BY_KEY, part }), start })
  return [
    standalone(
      'ours: cold key → origin, simulated D1',
      'simulated',
      requests.cold(keys),
      () => startSimulated(ground, pinning, STORED_KEYS),
      0.2,
    ),
    ...(hasNginx()
      ? [
          standalone('nginx proxy_pass', 'nginx', requests.key(), () =>
            startNginx(originPort, pinning),
          ),
        ]
      : []),
    ...(peers
      ? [
          standalone('fastify: key → origin', 'fastify', requests.key(), () =>
            startFastify(ground, pinning),
          ),
        ]
      : []),
  ]
}
