/**
 * A test double of an x402 facilitator: it accepts every payment, and really sends what it settles.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the facilitator treats a request. */
export type FacilitatorFault =
  | 'none'
  /** The connection breaks before anything is done. */
  | 'down'
  /** The answer is not JSON. */
  | 'garbage'
  /** It settles, and then the connection breaks. */
  | 'break after sending'
  /** It settles, and never answers. */
  | 'silent after sending'
  /** It settles, and answers that it has not. */
  | 'deny after sending'
  /** It does nothing, and answers that it has settled. */
  | 'lie'
  /** It answers that it would not settle. */
  | 'refuse'

/** The part of a request that goes to the chain. */
export interface Settlement {
  authorization: Record<'from' | 'to' | 'value' | 'validAfter' | 'validBefore' | 'nonce', string>
  signature: string
}

/**
 * Starts the facilitator. `send` sends an authorization to the chain and returns the hash, or
 * throws.
 */
export async function startFacilitator(send: (settlement: Settlement) => Promise<string>) {
  const state = {
    fault: 'none' as FacilitatorFault,
    asked: [] as string[],
    /** The bodies of the requests to settle. */
    settled: [] as { paymentPayload: { payload: Settlement }; paymentRequirements: unknown }[],
    onSettle: (): unknown => undefined,
  }
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const question = JSON.parse(Buffer.concat(chunks).toString())
    const { fault } = state
    state.asked.push(request.url ?? '')
    if (fault === 'down') return void response.destroy()
    if (fault === 'garbage') return void response.end('<html>hello</html>')
    const say = (said: object, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    }
    const { payload, accepted } = question.paymentPayload
    const { network } = accepted
    if (request.url === '/verify') {
      const isValid = fault !== 'refuse'
      return say({ isValid, ...(isValid ? {} : { invalidReason: 'not_today' }) })
    }
    state.settled.push(question)
    if (fault === 'lie') return say({ success: true, transaction: `0x${'ab'.repeat(32)}`, network })
    const denied = { success: false, errorReason: 'unexpected_settle_error', transaction: '' }
    let transaction: string
    try {
      transaction = await send(payload)
    } catch {
      state.onSettle()
      return say({ ...denied, network }, 400)
    }
    state.onSettle()
    if (fault === 'silent after sending') return
    if (fault === 'break after sending') return void response.destroy()
    if (fault === 'deny after sending') return say({ ...denied, network })
    say({ success: true, transaction, network, payer: payload.authorization.from })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const end = () => {
    server.closeAllConnections()
    server.close()
  }
  return Object.assign(state, { url: `http://127.0.0.1:${port}`, end })
}
