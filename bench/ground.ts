/** The ground of all subjects: the origin, and one workerd with every Worker in it. */
import { fileURLToPath } from 'node:url'
import { OPERATOR, RECIPIENT } from '../dev/money.ts'
import { minified } from './build.ts'
import { constantWorker } from './constants.ts'
import type { Pinning } from './cpu.ts'
import { type Credentials, makeCredentials } from './credentials.ts'
import { askOnce } from './load.ts'
import { startProgram } from './processes.ts'
import { type Requests, requestsFor } from './subjects.ts'
import { startWorkerd, type Workerd, type WorkerSpec } from './workerd.ts'

/** How many writes the limited account has before it is refused. */
const WRITES_WITHIN_LIMIT = 3

export type Ground = Awaited<ReturnType<typeof startGround>>

/**
 * Starts it. `more` are Workers of others, `coldKeys` is how many fresh keys a subject needs at
 * most.
 */
export async function startGround(
  pinning: Pinning,
  coldKeys: number,
  more: readonly WorkerSpec[] = [],
  v8Flags: readonly string[] = [],
) {
  const origin = await startOrigin(pinning)
  const credentials = await makeCredentials(coldKeys)
  const requests = requestsFor(credentials)
  const script = await minified('workers/gateway.ts')
  const gateway = (name: string, table: string): WorkerSpec => ({
    name,
    script,
    entrypoints: ['storeCalls'],
    variables: {
      ...gatewayVariables(credentials),
      TABLE: table,
      STORE: 'memory',
      LIMITED_HASH: credentials.limitedHash,
      REVOKED_HASH: credentials.revokedHash,
    },
  })
  const ours = gateway('ours', 'shipped')
  const workers = [
    ours,
    gateway('10', '10'),
    gateway('1000', '1000'),
    ...(await constantsOf(ours, requests, origin.port, pinning)),
    {
      name: 'equalDuty',
      script: await minified('workers/equalDuty.ts'),
      variables: { KEY_HASH: credentials.keyHash },
    },
    { name: 'passThrough', script: await minified('workers/passThrough.ts') },
    ...more,
  ]
  const workerd = await startWorkerd(workers, origin.port, pinning, v8Flags)
  for (const name of ['ours', '10', '1000']) await useUpLimit(workerd, name, requests)

  return {
    originPort: origin.port,
    credentials,
    requests,
    workerd,
    serverOf: (socket: string) => ({ port: workerd.portOf(socket), pid: workerd.pid }),
    async end(): Promise<void> {
      await workerd.end()
      await origin.end()
    },
  }
}

/** The variables that the gateway needs beside its stores. */
export function gatewayVariables({ secrets }: Credentials): Record<string, string> {
  return { ...secrets, PAYMENT_RECIPIENT: RECIPIENT, PAYMENT_OPERATOR: OPERATOR }
}

/** Starts the origin on a port that is free. */
async function startOrigin(pinning: Pinning) {
  let port = 0
  const file = fileURLToPath(new URL('origin.ts', import.meta.url))
  const program = await startProgram(pinning.client([process.execPath, file]), (line) => {
    port = Number(line)
    return true
  })
  return { ...program, port }
}

/**
 * Constant answers with the headers and bytes of the gateway's own, for which it is started once
 * before.
 */
async function constantsOf(
  ours: WorkerSpec,
  requests: Requests,
  originPort: number,
  pinning: Pinning,
): Promise<WorkerSpec[]> {
  const workerd = await startWorkerd([ours], originPort, pinning)
  try {
    await useUpLimit(workerd, ours.name, requests)
    const port = workerd.portOf(ours.name)
    return [
      constantWorker('constant402', await askOnce(port, requests.nobody()())),
      constantWorker('constant401', await askOnce(port, requests.junk()())),
      constantWorker('constant429', await askOnce(port, requests.limited()())),
    ]
  } finally {
    await workerd.end()
  }
}

async function useUpLimit(workerd: Workerd, name: string, requests: Requests): Promise<void> {
  const write = requests.limited()
  for (let sent = 0; sent < WRITES_WITHIN_LIMIT; sent++) {
    await askOnce(workerd.portOf(name), write())
  }
}
