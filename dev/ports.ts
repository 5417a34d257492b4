/** Finds free ports on loopback. */
import { createServer } from 'node:net'

/** Whether nothing listens on the port, on 127.0.0.1 or on ::1. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'))
}

/** The first free port from `from` on. Throws if the next hundred ports are taken. */
export async function freePort(from: number): Promise<number> {
  for (let port = from; port < from + 100; port++) if (await isFree(port)) return port
  throw new Error(`there is no free port from ${from} to ${from + 99}`)
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // A machine without IPv6 has no ::1, so nothing can listen there.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL'))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** The port that a start is to have; or a sentence, if it cannot be read. */
export function askedPort(
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): number | string {
  const { PORT, npm_config_port } = variables
  if (args.length > 0 || npm_config_port)
    return 'npm run dev has no options, but variables (docs/commands.md): PORT=8080 npm run dev'
  const port = Number(PORT || 8787)
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535
  return isPort ? port : `PORT must be a port number, not "${PORT}".`
}
