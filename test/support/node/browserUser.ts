/**
 * A simulated user of a browser without scripts: keeps cookies, follows redirects, fills in forms.
 */
import type { Facts } from './dev.ts'

interface Page {
  /** The URL of the browser. `html` is "" if the URL is on another site. */
  url: URL
  status: number
  html: string
}

interface Form {
  action: string
  fields: Record<string, string>
}

export type Decision = 'approve' | 'deny'

/** A user with an e-mail address. The first sign-in makes the account. */
export function createBrowserUser({ gateway, mailbox }: Facts, email: string) {
  const cookies = new Map<string, string>()

  async function load(url: URL, body: URLSearchParams | null): Promise<Page> {
    const response = await fetch(url, {
      method: body === null ? 'GET' : 'POST',
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body === null ? {} : { origin: gateway, 'sec-fetch-site': 'same-origin' }),
      },
      body,
    })
    for (const line of response.headers.getSetCookie()) keepCookie(line)
    const location = response.headers.get('location')
    if (location === null) return { url, status: response.status, html: await response.text() }
    const next = new URL(location, url)
    return next.origin === gateway ? load(next, null) : { url: next, status: 0, html: '' }
  }

  function keepCookie(line: string): void {
    const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
    if (/;\s*max-age=0\b/i.test(line)) cookies.delete(name)
    else cookies.set(name, value)
  }

  async function submit(page: Page, form: Form, typed: Record<string, string>): Promise<Page> {
    const body = new URLSearchParams({ ...form.fields, ...typed })
    return load(new URL(form.action, page.url), body)
  }

  /** Opens the link of the latest mail and submits the form of its page. */
  async function signInFromMail(): Promise<Page> {
    const mail = await fetch(`${mailbox}?email=${encodeURIComponent(email)}`)
    const link = /https?:\/\/[^\s"\\<>]+\/sign-in\/link\?token=\w+/.exec(await mail.text())?.[0]
    if (link === undefined) throw new Error(`there is no link in the mail to ${email}`)
    const page = await load(new URL(link), null)
    return submit(page, formOf(page, '/sign-in/link'), {})
  }

  /**
   * Opens the authorization URL of a client, signs in if a page asks for it, and decides. Returns
   * the URL of the client to which the browser is redirected in the end.
   */
  async function decide(authorizationUrl: string | URL, decision: Decision): Promise<URL> {
    let page = await load(new URL(authorizationUrl), null)
    if (page.url.pathname === '/sign-in') {
      await submit(page, formOf(page, '/sign-in'), { email })
      page = await signInFromMail()
    }
    const { url } = await submit(page, formOf(page, '/api/oauth/authorize'), { decision })
    if (url.origin === gateway) throw new Error(`the browser is not at the client: ${url.pathname}`)
    return url
  }

  return {
    email,
    decide,
    /** The `Cookie` header of the session, for calls of the API. */
    sessionCookie: () => `session_token=${cookies.get('session_token') ?? ''}`,
  }
}

/**
 * The form of a page that posts to `action`. Throws the text of the page if there is no such form.
 */
function formOf({ url, status, html }: Page, action: string): Form {
  for (const [, attributes = '', content = ''] of html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)) {
    if (attributeOf(attributes, 'action') !== action) continue
    const fields: Record<string, string> = {}
    for (const [, input = ''] of content.matchAll(/<input([^>]*)>/g)) {
      if (attributeOf(input, 'type') === 'hidden')
        fields[attributeOf(input, 'name')] = attributeOf(input, 'value')
    }
    return { action, fields }
  }
  const text = html.replace(/<style.*?<\/style>|<[^>]+>/gs, ' ').replace(/\s+/g, ' ')
  throw new Error(`no form for ${action} at ${url.pathname} (${status}): ${text}`)
}

function attributeOf(tag: string, name: string): string {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  return value
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
    .replace(/&(quot|lt|gt|amp);/g, named)
}

const NAMED: Record<string, string> = { quot: '"', lt: '<', gt: '>', amp: '&' }
const named = (_: string, name: string) => NAMED[name] ?? ''
