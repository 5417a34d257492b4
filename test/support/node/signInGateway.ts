/**
 * A gateway for browsers whose people sign in, and all hosts around it: the mailbox, the issuer
 * "Google", the site of OAuth clients' documents, and a server that is both the clients' callback
 * and an attacker's page.
 */
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Request as OutboundRequest, Response as OutboundResponse } from 'miniflare'
import type { BrowserContext } from 'playwright-core'
import { createIssuer } from '../openIdIssuer.ts'
import { CLIENTS, ISSUER, MAILBOX } from '../strangerHosts.ts'
import { startWorkers } from './workers.ts'

export interface ReceivedMail {
  to: string
  subject: string
  text: string
  html: string
}

/** Starts the gateway and the server. `end` ends both. */
export async function startSignInGateway() {
  const issuer = await createIssuer(ISSUER)
  /** All mail, the newest first. */
  const mails: ReceivedMail[] = []
  const arrivals = new EventEmitter()
  /** The clients' metadata documents by path. */
  const documents = new Map<string, object>()
  const outside = { html: '' }

  async function outbound(request: OutboundRequest): Promise<OutboundResponse> {
    const { origin, pathname, href } = new URL(request.url)
    if (href === MAILBOX) {
      mails.unshift((await request.json()) as ReceivedMail)
      arrivals.emit('mail')
      return new OutboundResponse(null, { status: 201 })
    }
    const document = documents.get(pathname)
    if (origin === CLIENTS && document !== undefined)
      return OutboundResponse.json({ ...document, client_id: href })
    if (origin !== ISSUER) return new OutboundResponse('nobody is here', { status: 404 })
    const { method, headers } = request
    const body = method === 'POST' ? await request.text() : null
    const answer = await issuer.answer(new Request(href, { method, headers: [...headers], body }))
    return new OutboundResponse(await answer.text(), {
      status: answer.status,
      headers: [...answer.headers],
    })
  }

  /** The newest mail to an address. Waits for the first one. */
  async function mailTo(email: string | null): Promise<ReceivedMail> {
    const mail = mails.find(({ to }) => to === email)
    if (mail !== undefined) return mail
    await once(arrivals, 'mail')
    return mailTo(email)
  }

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (pathname === '/mailbox')
      return response.end(JSON.stringify(await mailTo(searchParams.get('email'))))
    response.setHeader('content-type', 'text/html')
    return response.end(pathname === '/callback' ? 'back at the client' : outside.html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const nowhere = 'http://127.0.0.1:1'
  const entry = 'test/support/worker/signInGateway.ts'
  const workers = await startWorkers(nowhere, nowhere, entry, { outbound })

  return {
    workers,
    issuer,
    mails,
    documents,
    gateway: workers.url,
    mailbox: `http://127.0.0.1:${port}/mailbox`,
    callback: `http://127.0.0.1:${port}/callback`,

    /** Puts up a page of another site, and returns its URL. */
    attackersPage(html: string): string {
      outside.html = html
      return `http://localhost:${port}/`
    },

    /** Makes the issuer's host reachable for a browser: it agrees at once to every request. */
    async withIssuer(context: BrowserContext): Promise<BrowserContext> {
      await context.route(`${ISSUER}/**`, (route) =>
        route.fulfill({
          status: 302,
          headers: { location: issuer.authorize(route.request().url()) },
        }),
      )
      return context
    },

    async end(): Promise<void> {
      server.close()
      server.closeAllConnections()
      await workers.end()
    },
  }
}
