/**
 * One workerd with some Workers in it, each behind a socket of its own with nothing in front of it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMPATIBILITY } from '../test/support/node/workers.ts'
import type { Pinning } from './cpu.ts'
import { type Program, startProgram } from './processes.ts'

/** A Worker. Each has the origin as its binding ORIGIN, and reaches it by every URL. */
export interface WorkerSpec {
  name: string
  script: string
  /** More ES modules, which the script imports as `./name`. */
  modules?: readonly { name: string; code: string }[]
  /** Text bindings. */
  variables?: Record<string, string>
  /** Named entrypoints that get a socket too, as `name:entrypoint`. */
  entrypoints?: readonly string[]
}

export interface Workerd extends Program {
  /** The port of a Worker, or of `name:entrypoint`. */
  portOf: (socket: string) => number
}

/** Starts the Workers on ports that are free. */
export async function startWorkerd(
  workers: readonly WorkerSpec[],
  originPort: number,
  pinning: Pinning,
  v8Flags: readonly string[] = [],
): Promise<Workerd> {
  const written = writeConfig(workers, originPort, v8Flags)
  try {
    return await runConfig(written, pinning)
  } finally {
    written.remove()
  }
}

/** Writes what workerd reads when it starts. */
export function writeConfig(
  workers: readonly WorkerSpec[],
  originPort: number,
  v8Flags: readonly string[] = [],
) {
  const folder = mkdtempSync(join(tmpdir(), 'turnpike-bench-'))
  const file = join(folder, 'config.capnp')
  writeFileSync(file, configOf(workers, originPort, v8Flags))
  for (const [index, { script, modules = [] }] of workers.entries()) {
    writeFileSync(join(folder, `${index}.js`), script)
    for (const { name, code } of modules) writeFileSync(join(folder, name), code)
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { file, sockets: socketsOf(workers).length, remove }
}

export type WrittenConfig = ReturnType<typeof writeConfig>

/** Starts workerd and waits until it listens on all sockets. */
export async function runConfig(
  { file, sockets }: WrittenConfig,
  pinning: Pinning,
): Promise<Workerd> {
  const ports = new Map<string, number>()
  const command = pinning.server([workerdProgram(), 'serve', '--control-fd=3', file])
  const isReady = (line: string) => {
    const { event, socket, port } = JSON.parse(line) as Record<string, string | number>
    if (event === 'listen') ports.set(String(socket), Number(port))
    return ports.size === sockets
  }
  const program = await startProgram(command, isReady, 3)
  const portOf = (socket: string) => {
    const port = ports.get(socket)
    if (port === undefined) throw new Error(`no Worker has the socket ${socket}`)
    return port
  }
  return { ...program, portOf }
}

/** The program itself, not the script of its npm package. */
export function workerdProgram(): string {
  const { default: program } = createRequire(import.meta.url)('workerd') as { default: string }
  return program
}

/** Names of sockets, and the service of each. */
function socketsOf(workers: readonly WorkerSpec[]) {
  return workers.flatMap(({ name, entrypoints = [] }) => [
    { socket: name, service: quote(name) },
    ...entrypoints.map((entrypoint) => ({
      socket: `${name}:${entrypoint}`,
      service: `(name = ${quote(name)}, entrypoint = ${quote(entrypoint)})`,
    })),
  ])
}

/**
 * workerd's config (workerd.capnp). The origin is an `external` service, so no Worker is in front
 * of it.
 */
function configOf(
  workers: readonly WorkerSpec[],
  originPort: number,
  v8Flags: readonly string[],
): string {
  const services = workers.map(({ name }, index) => `(name = ${quote(name)}, worker = .w${index})`)
  const sockets = socketsOf(workers).map(
    ({ socket, service }) =>
      `(name = ${quote(socket)}, address = "127.0.0.1:0", http = (), service = ${service})`,
  )
  const origin = `(name = "origin", external = (address = "127.0.0.1:${originPort}", http = ()))`
  return [
    'using Workerd = import "/workerd/workerd.capnp";',
    'const config :Workerd.Config = (',
    `  services = [${[origin, ...services].join(', ')}],`,
    `  sockets = [${sockets.join(', ')}],`,
    `  v8Flags = [${v8Flags.map(quote).join(', ')}],`,
    ');',
    ...workers.map(workerOf),
  ].join('\n')
}

function workerOf({ variables = {}, modules = [] }: WorkerSpec, index: number): string {
  const files = [{ name: 'worker.js', file: `${index}.js` }].concat(
    modules.map(({ name }) => ({ name, file: name })),
  )
  const texts = Object.entries(variables).map(
    ([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`,
  )
  return [
    `const w${index} :Workerd.Worker = (`,
    `  modules = [${files.map(({ name, file }) => `(name = ${quote(name)}, esModule = embed ${quote(file)})`).join(', ')}],`,
    `  compatibilityDate = ${quote(COMPATIBILITY.compatibilityDate)},`,
    `  compatibilityFlags = [${COMPATIBILITY.compatibilityFlags.map(quote).join(', ')}],`,
    '  globalOutbound = "origin",',
    `  bindings = [${['(name = "ORIGIN", service = "origin")', ...texts].join(', ')}],`,
    ');',
  ].join('\n')
}

/** A text literal of Cap'n Proto: JSON's form of printable ASCII is one. */
const quote = (text: string) => JSON.stringify(text)
