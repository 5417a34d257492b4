/** E-mail addresses: one spelling for one mailbox, and nothing that a mail's header could be broken with. */

/** RFC 5321 section 4.5.3.1: 64 octets before the @, and 254 in all for a path of 256. */
const MAX_EMAIL_LENGTH = 254
const MAX_LOCAL_LENGTH = 64

/** A dot-atom (RFC 5322 section 3.2.3). Quoted local parts are not taken: nobody's mailbox needs one. */
const LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
/** Two labels or more (RFC 1123 section 2.1); the last one is no number. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/

/**
 * What a person typed → the address in its one spelling, lower-case ASCII, or null. Compatibility forms
 * are folded before anything is checked: a look-alike of "@" must not pass as part of a name.
 */
export function parseEmail(typed: string): string | null {
  if (typed.length > MAX_EMAIL_LENGTH + 16) return null
  // Blanks around it are a slip of the finger; a line break is not.
  const email = typed
    .replace(/^ +| +$/g, '')
    .normalize('NFKC')
    .toLowerCase()
  if (email.length > MAX_EMAIL_LENGTH) return null
  const [local = '', domain = '', more] = email.split('@')
  if (more !== undefined || local.length > MAX_LOCAL_LENGTH) return null
  return LOCAL.test(local) && DOMAIN.test(domain) ? email : null
}
