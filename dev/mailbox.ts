/**
 * The mailbox of `npm run dev`: `node dev/mailbox.ts PORT` keeps mail in memory and serves it on
 * loopback until the process ends. POST adds a message (JSON). `GET /?email=…` answers the latest
 * message to an address as JSON, and waits for the first one, because the gateway sends mail after
 * it has answered. For a browser, GET answers a page with all messages.
 */
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

interface ReceivedMail {
  to: string
  from: string
  subject: string
  text: string
  html: string
  at: string
}

/** How long a GET waits for the first mail to an address, in milliseconds. */
const WAIT_MS = 3_000
const MAX_MAILS = 200

/** All mails, the newest first. */
const mails: ReceivedMail[] = []
const arrivals = new EventEmitter().setMaxListeners(0)

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const answer = (status: number, type: string, body: string) =>
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
  // A page whose host name was rebound to loopback (DNS rebinding) must not read mail.
  if (!/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(request.headers.host ?? ''))
    return answer(421, 'text/plain', 'This is the mailbox of `npm run dev`.\n')
  if (pathname !== '/') return answer(404, 'text/plain', 'The only path is /?email=….\n')
  if (request.method === 'POST') {
    if (!(await take(request)))
      return answer(400, 'text/plain', 'The body must be a JSON message.\n')
    return answer(201, 'text/plain', 'The message is in the mailbox.\n')
  }
  const email = searchParams.get('email')
  const isPage = (request.headers.accept ?? '').includes('text/html')
  if (isPage) {
    const shown = mails.filter((mail) => email === null || mail.to === email)
    return answer(200, 'text/html; charset=utf-8', pageOf(shown))
  }
  if (email === null) return answer(200, 'application/json', JSON.stringify(mails, null, 2))
  const mail = latest(email) ?? (await firstTo(email))
  return mail === undefined
    ? answer(404, 'application/json', JSON.stringify({ error: 'not_found' }))
    : answer(200, 'application/json', JSON.stringify(mail, null, 2))
})

async function take(request: IncomingMessage): Promise<boolean> {
  // A page of another origin cannot send this type without a CORS preflight, which fails here.
  if (request.headers['content-type'] !== 'application/json') return false
  const mail = JSON.parse(await text(request)) as Omit<ReceivedMail, 'at'>
  mails.unshift({ ...mail, at: new Date().toISOString() })
  mails.splice(MAX_MAILS)
  arrivals.emit('mail')
  return true
}

const latest = (email: string) => mails.find((mail) => mail.to === email)

async function firstTo(email: string): Promise<ReceivedMail | undefined> {
  const signal = AbortSignal.timeout(WAIT_MS)
  while (latest(email) === undefined) {
    const arrived = await once(arrivals, 'mail', { signal }).catch(() => null)
    if (arrived === null) break
  }
  return latest(email)
}

function pageOf(shown: readonly ReceivedMail[]): string {
  const articles = shown.map(
    ({ to, from, subject, text, at }) => `<article><h2>${escaped(subject)}</h2>
<p>to <a href="?email=${encodeURIComponent(to)}">${escaped(to)}</a>, from ${escaped(from)}, ${at}</p>
<pre>${linked(text)}</pre></article>`,
  )
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mailbox</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
article{border-top:1px solid gray;margin:1rem 0}h2{font-size:1.125rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}</style>
<h1>Mailbox of <code>npm run dev</code></h1>${articles.join('\n') || '<p>No mail yet.</p>'}</html>`
}

const escaped = (plain: string) => plain.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

const linked = (plain: string) =>
  escaped(plain).replace(/\bhttps?:\/\/[\w.:/?=&;#%[\]-]+/g, (url) => `<a href="${url}">${url}</a>`)

server.listen(Number(process.argv[2] ?? 8792), '127.0.0.1')
