/** A browser for the sign-in pages, which keeps cookies and sends forms, and its mailbox. */
import type { Client } from './gateway.ts'

export interface SentMail {
  from: string
  to: string
  subject: string
  text: string
  html: string
}

/** A `send_email` binding that keeps every mail: `sent` has those that sign in. */
export function recordingMail() {
  const sent: SentMail[] = []
  const notices: SentMail[] = []
  const binding = {
    async send(message: SentMail) {
      const kept = message.text.includes('/sign-in/link?token=') ? sent : notices
      kept.push(message)
      return { messageId: String(kept.length) }
    },
  }
  /** The URL in the latest mail to an e-mail address. */
  const linkTo = (email: string): string => {
    const mail = sent.findLast(({ to }) => to === email.trim().toLowerCase())
    const url = /https:\/\/\S+/.exec(mail?.text ?? '')?.[0]
    if (url === undefined) throw new Error(`no link for ${email}`)
    return url
  }
  /** The code in the latest mail to an e-mail address. */
  const codeTo = (email: string): string => {
    const mail = sent.findLast(({ to }) => to === email)
    const code = /^[0-9A-Z]{4}-[0-9A-Z]{4}$/m.exec(mail?.text ?? '')?.[0]
    if (code === undefined) throw new Error(`no code for ${email}`)
    return code
  }
  return { sent, notices, binding, linkTo, codeTo }
}

/** A new browser without cookies, at a client address. */
export function browserOf(client: Client, address: string) {
  const cookies = new Map<string, string>()

  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('cf-connecting-ip', address)
    headers.set('accept', 'text/html')
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (cookie !== '') headers.set('cookie', cookie)
    const response = await client.call(path, { ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/; Max-Age=0(;|$)/.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }

  return {
    cookies,
    get: (path: string) => call(path),
    /** Sends a form as a page of ours does; `headers` can make it a page of another site. */
    post: (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      call(path, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { 'sec-fetch-site': 'same-origin', ...headers },
      }),
  }
}

export type Browser = ReturnType<typeof browserOf>

/** The value of a hidden field of a page, or null. */
export function hiddenField(html: string, name: string): string | null {
  return new RegExp(`<input type="hidden" name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? null
}
