/**
 * How long a fresh process takes to its first 402: the gateway as it is deployed, and a bare Hono
 * Worker.
 */
import { minified } from './build.ts'
import { cpuNanoseconds, type Pinning } from './cpu.ts'
import { type Ground, gatewayVariables } from './ground.ts'
import { askOnce } from './load.ts'
import { builtModules } from './sizes.ts'
import { runConfig, writeConfig } from './workerd.ts'

/** One start: the milliseconds to the first answer, on the clock and of CPU. */
interface ProcessStart {
  wallMs: number
  cpuMs: number
}

export interface Starts {
  gateway: ProcessStart[]
  hello: ProcessStart[]
}

/** Starts both so many times, one after the other. */
export async function measureStarts(
  { credentials, originPort, requests }: Ground,
  pinning: Pinning,
  times: number,
): Promise<Starts> {
  const variables = { ...gatewayVariables(credentials), ORIGIN_URL: 'https://origin.example' }
  const [entry, ...modules] = await builtModules()
  const deployed = { name: 'gateway', script: entry?.code ?? '', modules, variables }
  const bare = { name: 'hello', script: await minified('workers/hello.ts') }
  const [gateway, hello] = [writeConfig([deployed], originPort), writeConfig([bare], originPort)]
  const starts: Starts = { gateway: [], hello: [] }
  const request = requests.nobody()()

  async function start(config: typeof gateway, socket: string): Promise<ProcessStart> {
    const from = performance.now()
    const workerd = await runConfig(config, pinning)
    try {
      const { status } = await askOnce(workerd.portOf(socket), request)
      const wallMs = performance.now() - from
      if (status !== 402) throw new Error(`the first answer of ${socket} was ${status}`)
      return { wallMs, cpuMs: cpuNanoseconds(workerd.pid) / 1e6 }
    } finally {
      await workerd.end()
    }
  }

  try {
    for (let time = 0; time < times; time++) {
      starts.gateway.push(await start(gateway, 'gateway'))
      starts.hello.push(await start(hello, 'hello'))
    }
    return starts
  } finally {
    gateway.remove()
    hello.remove()
  }
}
