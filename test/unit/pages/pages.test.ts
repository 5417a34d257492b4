/** The pages as they are sent: their headers, their content, and hostile texts that stay texts. */

import { describe, expect, it } from 'vitest'
import shipped from '../../../src/gateway.config.ts'
import { Problem } from '../../../src/http/problem.ts'
import { consentPage } from '../../../src/pages/consent.tsx'
import { problemPage } from '../../../src/pages/problem.tsx'
import { type View, viewOf } from '../../../src/pages/view.ts'
import { Call } from '../../../src/pipeline/call.ts'
import type { Env } from '../../../src/store/env.ts'

/** The response of a page to a request with these headers, and its HTML. */
async function shown(
  make: (view: View) => Response,
  headers: Record<string, string> = {},
): Promise<{ response: Response; html: string }> {
  const request = new Request('https://xquik.com/', { headers })
  const call = new Call(request, {} as Env, { waitUntil: () => undefined })
  const response = make(viewOf(call, shipped))
  return { response, html: await response.clone().text() }
}

const CONSENT = {
  clientName: 'Claude',
  redirectHost: 'claude.ai',
  isLoopback: false,
  scopes: [{ name: 'mcp:tools', words: 'Use the tools' }],
  resource: 'https://xquik.com/mcp',
  lasts: '30 days',
  endedAt: 'https://xquik.com/dashboard/apps',
  email: 'ann@example.com',
  requestToken: 'a'.repeat(64),
}

describe('every page', () => {
  it('cannot be framed or cached, runs no script, and sends no referrer', async () => {
    const { response, html } = await shown((c) => consentPage(c, CONSENT))
    const policy = response.headers.get('content-security-policy')
    const [, nonce] = /style-src 'nonce-([0-9a-f]{32})'/.exec(policy ?? '') ?? []
    expect(policy).toBe(
      `default-src 'none'; style-src 'nonce-${nonce}'; img-src https://xquik.com/assets/; ` +
        "base-uri 'none'; frame-ancestors 'none'",
    )
    expect(html).toContain(`<style nonce="${nonce}">`)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-type': 'text/html; charset=utf-8',
    })
    expect(html).not.toMatch(/<script|\son[a-z]+=|\sstyle=|<iframe/i)
    // It loads the logo, and nothing that is not an asset.
    const loaded = html.match(/<(?:link|img)\b[^>]*>|\ssrc="[^"]*"/g) ?? []
    expect(loaded.length).toBeGreaterThan(0)
    for (const tag of loaded) expect(tag).toMatch(/(?:src|href)="\/assets\/[\w.-]+"/)
    expect(html).toMatch(/^<!doctype html><html lang="en">/)
  })

  it('has a nonce of its own', async () => {
    const policyOf = async () =>
      (await shown((c) => consentPage(c, CONSENT))).response.headers.get('content-security-policy')
    expect(await policyOf()).not.toBe(await policyOf())
  })
})

describe('the consent page', () => {
  it('names the client, the host that an answer leads to, the resource and the account', async () => {
    const { html } = await shown((c) => consentPage(c, CONSENT))
    for (const text of ['Claude', 'claude.ai', 'https://xquik.com/mcp', 'ann@example.com'])
      expect(html).toContain(`<bdi>${text}</bdi>`)
    expect(html).toContain('<form method="post" action="/api/oauth/authorize">')
    expect(html).toContain(`<input type="hidden" name="request" value="${'a'.repeat(64)}"/>`)
    expect(html).toMatch(/name="decision" value="approve"/)
    expect(html).toMatch(/name="decision" value="deny"/)
    expect(html).not.toContain('your own computer')
    expect(html).not.toContain('Published by')
  })

  it('says what is granted in words, each with a box that can be cleared, for how long, and where it is ended', async () => {
    const scopes = [
      { name: 'read', words: 'Read your posts' },
      { name: 'write', words: 'Post in your name' },
    ]
    const { html } = await shown((c) => consentPage(c, { ...CONSENT, scopes }))
    for (const { name, words } of scopes) {
      expect(html).toContain(`<input type="checkbox" name="scopes" value="${name}" checked=""/>`)
      expect(html).toContain(`<bdi>${words}</bdi>`)
    }
    expect(html).toContain('<bdi>30 days</bdi>')
    expect(html).toContain('or end its access at https://xquik.com/dashboard/apps')
    expect(html).toMatch(
      /<input type="checkbox" name="choice" value="scopes" checked="" hidden=""\/>/,
    )
  })

  it('warns if the answer goes to a program on the same computer', async () => {
    const { html } = await shown((c) =>
      consentPage(c, { ...CONSENT, redirectHost: 'localhost:5178', isLoopback: true }),
    )
    expect(html).toContain('your own computer')
    expect(html).toContain('localhost:5178')
  })

  it('shows the host of a metadata document', async () => {
    const { html } = await shown((c) =>
      consentPage(c, { ...CONSENT, clientHost: 'clients.example' }),
    )
    expect(html).toContain('<bdi>clients.example</bdi>')
  })

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    '</bdi></strong><form action=https://evil.example>',
    '<!--',
    '&lt;b&gt;',
  ])('shows a hostile name as text: %s', async (clientName) => {
    const hostile = {
      ...CONSENT,
      clientName,
      clientHost: clientName,
      redirectHost: clientName,
      scopes: [{ name: clientName, words: clientName }],
      resource: clientName,
      lasts: clientName,
      endedAt: clientName,
      email: clientName,
      requestToken: clientName,
    }
    const { html } = await shown((c) => consentPage(c, hostile))
    const { html: harmless } = await shown((c) =>
      consentPage(c, { ...hostile, ...CONSENT, clientHost: 'x' }),
    )
    const tags = (text: string) => text.match(/<[!/]?[a-z-]+/gi)?.join(' ')
    expect(tags(html)).toBe(tags(harmless))
  })

  it('says so when a client has no name that can be shown', async () => {
    const { html } = await shown((c) => consentPage(c, { ...CONSENT, clientName: '\u202e\u200b ' }))
    expect(html).toContain('An application without a name')
  })
})

describe('a problem', () => {
  const problem = new Problem('invalid_request', { message: 'The client is unknown.' })

  it('is a page by default', async () => {
    const { response, html } = await shown((c) => problemPage(c, problem), { accept: '*/*' })
    expect(response.status).toBe(400)
    expect(html).toContain('The client is unknown.')
    expect(html).toContain('<h1>That did not work</h1>')
  })

  it('is JSON for a client that asks for JSON', async () => {
    const { response } = await shown((c) => problemPage(c, problem), { accept: 'application/json' })
    expect(response.status).toBe(400)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      error: 'invalid_request',
      message: 'The client is unknown.',
    })
  })

  it('offers the page again if it may pass, and else a way on', async () => {
    const down = await shown((c) =>
      problemPage({ ...c, back: '/dashboard/keys' }, new Problem('service_unavailable')),
    )
    expect(down.response.status).toBe(503)
    expect(down.html).toContain('<a class="button" href="/dashboard/keys">Try again</a>')
    const { html } = await shown((c) => problemPage(c, problem))
    expect(html).not.toContain('Try again')
    expect(html).toContain('<a href="/">What this API offers</a>')
  })

  it('is a page for a browser that would take JSON too', async () => {
    const { html } = await shown((c) => problemPage(c, problem), {
      accept: 'text/html,application/json;q=0.9',
    })
    expect(html).toContain('<h1>')
  })
})
