/** Checks and parses `site`: the names and links that every page and mail shows. */
import * as z from 'zod/mini'
import { parseEmail } from '../lib/email.ts'
import { hasInvisible } from '../lib/shownText.ts'
import type { Site } from './config.ts'
import { text } from './forms.ts'

const link = text(httpsLink, 'must be an https URL, like "https://example.com/terms"')

export const siteSchema = z.strictObject({
  name: z.optional(
    text(
      (name) => (/^\S.{0,58}\S$|^\S$/u.test(name) && !hasInvisible(name) ? name : null),
      'must be a name of 1 to 60 characters that can be seen',
    ),
  ),
  logo: z._default(
    text(
      (path) => (/^\/assets\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(path) ? path : null),
      'must be the path of a file of assets, like "/assets/logo.svg"',
    ),
    '/assets/logo.svg',
  ),
  colour: z._default(
    text(
      (colour) => (/^#[0-9a-f]{6}$/i.test(colour) ? colour.toLowerCase() : null),
      'must be a colour like "#1d4ed8"',
    ),
    '#1d4ed8',
  ),
  support: z.optional(
    text(
      (address) => (parseEmail(address) === null ? httpsLink(address) : `mailto:${address}`),
      'must be an e-mail address, like "help@example.com", or an https URL',
    ),
  ),
  terms: z.optional(link),
  privacy: z.optional(link),
})

/** The parsed `site`; `host` is its name if it has none. */
export function siteOf(site: z.infer<typeof siteSchema>, host: string): Site {
  const { name = host, logo, colour, support = null, terms = null, privacy = null } = site
  return { name, logo, colour, support, terms, privacy }
}

/** An https URL as it was written, or null. */
function httpsLink(written: string): string | null {
  return written.length <= 500 && /^https:\/\/[^\s"'<>]+$/.test(written) && URL.canParse(written)
    ? written
    : null
}
