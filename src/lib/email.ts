/**
 * Reads e-mail addresses: one inbox gets one spelling, and no accepted address can break out of a
 * mail's header.
 */

/** RFC 5321 section 4.5.3.1: 64 octets before the "@"; 256 for a path, which is "<address>". */
const MAX_EMAIL_LENGTH = 254
const MAX_LOCAL_LENGTH = 64
/** In characters: room for a name before the address. */
const MAX_TYPED_LENGTH = 512

/** A dot-atom (RFC 5322 section 3.2.3). A quoted local part is refused: no inbox needs one. */
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
/** Two or more labels (RFC 1123 section 2.1). The last begins with a letter: no IPv4 address. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/
/** Characters that a URL parser reads as something else than a host, or drops. */
const NO_HOST = /[\p{C}\p{Z}/\\?#@:%[\]<>|^]/u

/** The parts of an address that can be wrong. */
export type EmailFault = 'form' | 'characters' | 'length' | 'several' | 'local' | 'domain'

/** An address in its one spelling, or the part of it that is wrong. */
export type EmailReading = { email: string } | { fault: EmailFault }

/**
 * Reads a typed address. Its one spelling is lower-case ASCII: an internationalised domain is in
 * its "xn--" form, and a dot at the end of the domain is dropped. In `Name <address>` the address
 * is taken. Compatibility forms are folded (NFKC) before the check, because a look-alike of "@"
 * must not pass as part of a name.
 */
export function readEmail(typed: string): EmailReading {
  if (typed.length > MAX_TYPED_LENGTH) return { fault: 'length' }
  const folded = withoutBlanks(typed.normalize('NFKC'))
  if (folded.length > MAX_TYPED_LENGTH * 2) return { fault: 'length' }
  // Blanks around an address are typing mistakes; a line break may be an attack.
  if (/\p{C}/u.test(folded)) return { fault: 'characters' }
  const address = withoutBlanks(/^[^<>]*<([^<>]*)>$/.exec(folded)?.[1] ?? folded)
  const [typedLocal = '', typedDomain = '', more] = address.split('@')
  if (more !== undefined || /[,;]/.test(address)) return { fault: 'several' }
  if (typedLocal === '' || typedDomain === '') return { fault: 'form' }
  const local = typedLocal.toLowerCase()
  if (local.length > MAX_LOCAL_LENGTH) return { fault: 'length' }
  if (!LOCAL.test(local)) return { fault: 'local' }
  const domain = canonicalDomain(typedDomain)
  if (domain === null) return { fault: 'domain' }
  const email = `${local}@${domain}`
  return email.length > MAX_EMAIL_LENGTH ? { fault: 'length' } : { email }
}

/** A typed address → the address in its one spelling, or null if it is not a valid address. */
export function parseEmail(typed: string): string | null {
  const reading = readEmail(typed)
  return 'email' in reading ? reading.email : null
}

/** The address without its "+tag": mail to both arrives in one inbox. */
export function inboxOf(email: string): string {
  const [local = '', domain = ''] = email.split('@')
  const plus = local.indexOf('+')
  return plus > 0 ? `${local.slice(0, plus)}@${domain}` : email
}

/** A domain → lower-case ASCII without a dot at its end, or null if it is none (UTS 46). */
function canonicalDomain(typed: string): string | null {
  if (NO_HOST.test(typed)) return null
  const host = typed.endsWith('.') ? typed.slice(0, -1) : typed
  const { hostname } = URL.parse(`https://${host}`) ?? { hostname: '' }
  return DOMAIN.test(hostname) ? hostname : null
}

function withoutBlanks(text: string): string {
  return text.replace(/^ +| +$/g, '')
}
