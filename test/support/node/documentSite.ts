/**
 * A site of client metadata documents, valid and invalid, which answers the `fetch` of the tested
 * Worker.
 */
import { Response } from 'miniflare'

const SITE = 'app.example.com'
/** The gateway's own host, which answers too, so that a test notices if it is asked. */
const OWN = 'xquik.com'
/** Longer than the gateway waits, in milliseconds. */
const TOO_LATE_MS = 5_000

const hits = new Map<string, number>()

/** Answers for the two hosts only. `/hits?<path>` answers how often a path was asked for. */
export async function documentSite(request: { url: string; headers: Headers }): Promise<Response> {
  const url = new URL(request.url)
  if (url.hostname !== SITE && url.hostname !== OWN)
    return new Response('not of this site', { status: 502 })
  if (url.pathname === '/hits') return new Response(String(hits.get(url.search.slice(1)) ?? 0))
  if (!request.headers.get('user-agent')?.startsWith('Turnpike (+https://'))
    return new Response('who asks?', { status: 403 })
  const hit = (hits.get(url.pathname) ?? 0) + 1
  hits.set(url.pathname, hit)
  return answer(url, hit)
}

async function answer(url: URL, hit: number): Promise<Response> {
  const [, kind = ''] = url.pathname.split('/')
  const document = {
    client_id: url.href,
    client_name: 'Documented app',
    redirect_uris: [`https://${SITE}/cb`, 'http://localhost/cb'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  }
  const json = (
    value: object,
    init: { status?: number; headers?: Record<string, string> } = {},
  ) => {
    const headers = { 'content-type': 'application/json', ...init.headers }
    return new Response(JSON.stringify(value), { ...init, headers })
  }
  if (kind === 'redirect')
    return json(document, { status: 302, headers: { location: `https://${SITE}/good` } })
  if (kind === 'status') return json(document, { status: Number(url.pathname.split('/')[2]) })
  if (kind === 'html') return json(document, { headers: { 'content-type': 'text/html' } })
  if (kind === 'typeless') return new Response(new TextEncoder().encode(JSON.stringify(document)))
  if (kind === 'large') return json({ ...document, padding: 'x'.repeat(5_200) })
  if (kind === 'broken')
    return new Response('{', { headers: { 'content-type': 'application/json' } })
  if (kind === 'other') return json({ ...document, client_id: `https://${SITE}/good` })
  if (kind === 'secret') return json({ ...document, client_secret: 'x' })
  if (kind === 'chatgpt') {
    const methods = ['none', 'private_key_jwt']
    const many = Array.from({ length: 20 }, (_, n) => `https://${SITE}/cb${n}`)
    return json({
      ...document,
      redirect_uris: ['app://x', ...document.redirect_uris, ...many],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: methods,
    })
  }
  // Good at first; then its host has one of these troubles.
  if (kind === 'wall' && hit > 1) return json({}, { status: 403 })
  if (kind === 'withdrawn' && hit > 1) return json({}, { status: 404 })
  if (kind === 'changed' && hit > 1) return json({ ...document, redirect_uris: ['http://a.b'] })
  if (kind === 'flaky' && hit === 1) return json(document, { status: 500 })
  if (kind === 'slow') await new Promise((resolve) => setTimeout(resolve, TOO_LATE_MS))
  if (kind === 'endless')
    return new Response(endless(), { headers: { 'content-type': 'application/json' } })
  return json(document)
}

/**
 * A body that goes on longer than the gateway waits. It ends, so that it does not outlive the
 * tests.
 */
function endless(): ReadableStream<Uint8Array> {
  const endsAt = Date.now() + TOO_LATE_MS
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (Date.now() < endsAt) controller.enqueue(new TextEncoder().encode(' '))
      else controller.close()
    },
  })
}
