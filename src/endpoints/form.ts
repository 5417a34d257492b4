/** Reading the forms of our own pages. */
import type { AppContext } from '../context.ts'
import { isSameSite } from '../credentials/presented.ts'
import { readBytes } from '../lib/cappedBody.ts'
import { Problem } from '../lib/problem.ts'

/** Throws cross_site_request for a form that another site's page sent. */
export function requireOwnPage(c: AppContext): void {
  const { headers, url } = c.req.raw
  // The host was checked: no page of another site can make a browser send ours.
  if (!isSameSite(headers, new URL(url).origin)) throw new Problem('cross_site_request')
}

/**
 * The fields of a form, of at most `maxBytes`. Throws payload_too_large; invalid_input for a body that
 * is no form (WHATWG URL section 5), or that gives a field twice.
 */
export async function readForm(request: Request, maxBytes: number): Promise<Map<string, string>> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw new Problem('invalid_input', {
      message: 'Send a form: application/x-www-form-urlencoded.',
    })
  }
  const bytes = await readBytes(request.body, maxBytes).catch((cause) => {
    throw new Problem('invalid_input', { cause })
  })
  if (bytes === null) throw new Problem('payload_too_large')
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(new TextDecoder().decode(bytes))) {
    if (fields.has(name)) throw new Problem('invalid_input', { message: 'A field is there twice.' })
    fields.set(name, value)
  }
  return fields
}
