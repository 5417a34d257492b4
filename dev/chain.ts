/** The program and arguments of a local Tempo chain (anvil) for `npm run dev` and the tests. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { CHAIN_ID } from './money.ts'

/** The path of the program, or null if its package was not installed for this machine. */
export function chainProgram(): string | null {
  const { platform, arch } = process
  const name = `@foundry-rs/anvil-${platform}-${arch === 'x64' ? 'amd64' : arch}`
  try {
    const file = createRequire(import.meta.url).resolve(`${name}/package.json`)
    const program = file.replace(/package\.json$/, 'bin/anvil')
    return existsSync(program) ? program : null
  } catch {
    return null
  }
}

/**
 * The arguments of the program. If there is a `stateFile`, the chain continues from its state, and
 * the proxy before the chain keeps it (`escrow/proxy.ts`). There is a block each second and one for
 * each transaction, because otherwise the time of the latest block goes stale, and the chain
 * refuses clients' transactions, which live 30 s, as from the future.
 */
export function chainArguments(port: number, stateFile?: string): string[] {
  return [
    '--network',
    'tempo',
    '--hardfork',
    't4',
    '--chain-id',
    String(CHAIN_ID),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--silent',
    '--block-time',
    '1',
    '--mixed-mining',
    '--prune-history',
    '200',
    ...(stateFile !== undefined && existsSync(stateFile) ? ['--load-state', stateFile] : []),
  ]
}

/** Whether a chain answers JSON-RPC at the URL. */
export function isChainUp(url: string): Promise<boolean> {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } }).then(
    (response) => response.ok,
    () => false,
  )
}
