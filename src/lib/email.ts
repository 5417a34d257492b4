/**
 * Reads e-mail addresses: one mailbox gets one spelling, and no accepted address can break out of a
 * mail's header.
 */

/** RFC 5321 section 4.5.3.1: 64 octets before the "@"; 256 for a path, which is "<address>". */
const MAX_EMAIL_LENGTH = 254
const MAX_LOCAL_LENGTH = 64

/** A dot-atom (RFC 5322 section 3.2.3). A quoted local part is refused: no mailbox needs one. */
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
/** Two or more labels (RFC 1123 section 2.1). The last begins with a letter: no IPv4 address. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/

/**
 * A typed address → the address in its one spelling, lower-case ASCII; or null if it is not a valid
 * address. Compatibility forms are folded (NFKC) before the check, because a look-alike of "@" must
 * not pass as part of a name.
 */
export function parseEmail(typed: string): string | null {
  if (typed.length > MAX_EMAIL_LENGTH + 16) return null
  // Blanks around an address are typing mistakes; a line break may be an attack.
  const email = typed
    .replace(/^ +| +$/g, '')
    .normalize('NFKC')
    .toLowerCase()
  if (email.length > MAX_EMAIL_LENGTH) return null
  const [local = '', domain = '', more] = email.split('@')
  if (more !== undefined || local.length > MAX_LOCAL_LENGTH) return null
  return LOCAL.test(local) && DOMAIN.test(domain) ? email : null
}
