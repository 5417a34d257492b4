/** Keeps the state of a local chain in a file, which is always whole. */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { writeWhole } from './files.ts'

/**
 * Matches questions that may change a chain: transactions, and what only anvil has. The question
 * for a receipt is among them, because it is how a caller learns that a transaction is in a block.
 */
const CHANGES = /"(eth_send|eth_getTransactionReceipt|anvil_|evm_|hardhat_|tempo_)/

/**
 * Writes the state of the chain at the URL to the file. The chain's own `--state` is not used: it
 * writes each second, also where nothing has changed, and a kill in the middle leaves half a file.
 */
export function keepState(chainUrl: string, file: string) {
  let writing: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | null = null

  async function write(): Promise<void> {
    waiting = null
    const body = '{"jsonrpc":"2.0","id":1,"method":"anvil_dumpState","params":[]}'
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(chainUrl, { method: 'POST', headers, body })
    const { result } = (await response.json()) as { result: string }
    const state = await promisify(gunzip)(Buffer.from(result.slice(2), 'hex'))
    writeWhole(file, state.toString())
  }

  return {
    /** Whether the answer to a JSON-RPC body may tell of a change. */
    mayTell: (question: Buffer, answer: Buffer): boolean =>
      CHANGES.test(question.toString('latin1')) && !answer.includes('"result":null'),
    /** Resolves when all that the chain has done before this call is in the file. */
    save(): Promise<void> {
      if (waiting !== null) return waiting
      const next = writing.then(write)
      waiting = next
      writing = next.catch(() => undefined)
      return next
    },
  }
}
