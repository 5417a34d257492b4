/** A real local chain, and a line to it that can be cut. */
import { spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Mppx, tempo } from 'mppx/client'
import { createClient, defineChain, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoLocalnet } from 'viem/chains'
import { Actions } from 'viem/tempo'
import { chainArguments, chainProgram } from '../../dev/chain.ts'
import { CURRENCY, PAYER_PRIVATE_KEY, RECIPIENT } from '../../dev/money.ts'
import { ownPort } from './ports.ts'

/** What the line to the chain does with a question. */
export type Fault =
  | 'none'
  /** The connection breaks before anything is forwarded. */
  | 'down'
  /** It answers, but not JSON-RPC. */
  | 'garbage'
  /** It knows the state, but no transaction: one node behind another. */
  | 'no receipts'
  /** What is to be sent is sent, and then the line goes down. */
  | 'break after sending'
  /** What is to be sent is sent, and nothing is said about it. */
  | 'silent after sending'

/** A chain without Tempo's own, with a block each second and one for each transaction. */
export const plainArguments = (chainId: number) => (port: number) => [
  ...['--chain-id', String(chainId), '--host', '127.0.0.1', '--port', String(port), '--silent'],
  ...['--block-time', '1', '--mixed-mining'],
]

/** Starts a chain, Tempo's or another. There being none for this machine is a failure, not a reason to skip. */
export async function startChain(argumentsFor: (port: number) => string[] = chainArguments) {
  const program = chainProgram()
  if (program === null) throw new Error('the local chain is missing: npm ci did not install it')
  const port = await ownPort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(program, argumentsFor(port), { stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  while (!(await isUp(url))) {
    if (child.exitCode !== null) throw new Error(`the local chain ended with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const end = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return { url, end }
}

async function isUp(url: string): Promise<boolean> {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } }).then(
    (response) => response.ok,
    () => false,
  )
}

/** A line to the chain for the gateway alone, which notes what is asked and has the fault that it is told to. */
export async function startLine(chainUrl: string) {
  const asked: string[] = []
  const line = { fault: 'none' as Fault, asked, onSent: (): unknown => undefined }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => void answer(body, response).catch(() => response.destroy()))
  })

  async function answer(body: string, response: ServerResponse): Promise<void> {
    const { method } = JSON.parse(body) as { method: string }
    asked.push(method)
    if (line.fault === 'down') return void response.destroy()
    if (line.fault === 'garbage') return void response.writeHead(200).end('<html>hello</html>')
    const headers = { 'content-type': 'application/json' }
    if (line.fault === 'no receipts' && method === 'eth_getTransactionReceipt')
      return void response.writeHead(200, headers).end('{"jsonrpc":"2.0","id":1,"result":null}')
    const answered = await fetch(chainUrl, { method: 'POST', body, headers })
    const text = await answered.text()
    if (method.startsWith('eth_sendRaw') && / after sending$/.test(line.fault)) {
      line.onSent()
      if (line.fault === 'silent after sending') return
      line.fault = 'down'
      response.destroy()
      return
    }
    response.writeHead(200, headers).end(text)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const end = () => {
    server.closeAllConnections()
    server.close()
  }
  return Object.assign(line, { url: `http://127.0.0.1:${port}`, end })
}

/** Wallets and balances on a chain. */
export function walletsOn(chainUrl: string) {
  const chain = defineChain({ ...tempoLocalnet, rpcUrls: { default: { http: [chainUrl] } } })

  /** The unmodified client of mppx, with a funded wallet. */
  function payer(mode: 'pull' | 'push', privateKey: string = PAYER_PRIVATE_KEY) {
    const account = privateKeyToAccount(privateKey as Hex)
    const transport = http(chainUrl, { retryCount: 0 })
    const client = createClient({ chain, account, transport })
    const method = tempo.charge({ account, mode, getClient: () => client as never })
    return Mppx.create({ polyfill: false, methods: [method] })
  }

  /** What the merchant has, in the smallest unit. */
  async function merchant(): Promise<bigint> {
    const client = createClient({ chain, transport: http(chainUrl) })
    const token = { account: RECIPIENT, token: CURRENCY } as const
    return (await Actions.token.getBalance(client, token)).amount
  }

  return { payer, merchant }
}
