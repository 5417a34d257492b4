/**
 * Links with which an owner signs in before mail is set up. The gateway cannot mint them, because a
 * command makes them without the gateway's secrets: they are random, and their hash is put into D1.
 */
import { randomHex, sha256Hex } from '../lib/bytes.ts'
import { inboxOf } from '../lib/email.ts'
import { OWN_PATHS } from './ownPaths.ts'

/** The beginning of an owner's token. A look-up for it is counted by address. */
const PREFIX = 'own_'
/** The time in which a link can be used, in milliseconds: as shipped for links in mails. */
const VALID_MS = 900_000

/** In the place of a browser's hash: the first browser that uses the link is the one. */
export const ANY_BROWSER = ''

/** Whether a text has the form of an owner's token. */
export const isOwnerToken = (token: string): boolean => /^own_[0-9a-f]{64}$/.test(token)

/**
 * A new link for an owner's e-mail address, in its one spelling: its URL, which is a secret, and
 * the SQL statement that makes the link work, which is none. An older link of the owner ends.
 */
export async function ownerLink(
  publicUrl: string,
  email: string,
  now: number,
): Promise<{ url: string; sql: string }> {
  const token = PREFIX + randomHex(32)
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`
  const row = [
    text(await sha256Hex(token)),
    text(email),
    text(inboxOf(email)),
    text(ANY_BROWSER),
    text(OWN_PATHS.dashboard),
    String(now),
    String(now + VALID_MS),
  ]
  const sql =
    `delete from sign_in_links where inbox = ${text(inboxOf(email))} and email = ${text(email)} ` +
    `and browser_hash = ${text(ANY_BROWSER)}; ` +
    'insert into sign_in_links (hash, email, inbox, browser_hash, return_path, created_at, ' +
    `expires_at, is_counted) values (${row.join(', ')}, false)`
  return { url: `${publicUrl}${OWN_PATHS.signInLink}?token=${token}`, sql }
}
