/**
 * Sign-in links in D1, each with a code: how they are stored, counted, found and compared.
 * `linkUse.ts` uses them.
 * See docs/decisions/0027.
 */
import { eq, sql } from 'drizzle-orm'
import type { Limit } from '../../limits/limit.ts'
import { ask } from '../ask.ts'
import { primaryReader, transact, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { signInLinks } from './schema.ts'

const DAY_MS = 86_400_000
/** The most wrong codes between the time that a code is sent and the time that it is refused. */
const MAX_TRIES = 5
/** The most wrong codes for one inbox in a day. */
const MAX_TRIES_A_DAY = 20

/** A link that is about to be stored. Times are epoch milliseconds. */
export interface NewLink {
  /** The hexadecimal SHA-256 of the link's token. */
  hash: string
  email: string
  /** The e-mail address without its "+tag". */
  inbox: string
  /** The hexadecimal SHA-256 of the cookie of the browser that asked for the link. */
  browserHash: string
  codeHash: string
  /** The keyed hash of the network that asks. */
  network: string
  /** The name of a browser that was signed in to this inbox before; null for any other. */
  knownBrowser: string | null
  /** Whether the e-mail address may get an account, if it has none. */
  createsAccount: boolean
  /** The path of the gateway that the person goes on to. */
  returnPath: string
  createdAt: number
  expiresAt: number
}

/** The part of a link that the link's page needs. */
export type LinkView = Pick<NewLink, 'email' | 'browserHash' | 'returnPath'> & {
  /** Whether the link has not expired and has begun no session. */
  isUsable: boolean
}

/**
 * Stores a link and returns 0. If the inbox has as many links as the first of `limits` allows,
 * stores nothing and returns how long it has to wait for another link, in milliseconds. Links that
 * a known browser asked for count for that browser alone; of the others, one network may have three
 * fifths. Also deletes links that no longer count.
 */
export async function addLink(env: Env, link: NewLink, limits: readonly Limit[]): Promise<number> {
  const { inbox, network, knownBrowser, createdAt, expiresAt } = link
  const [{ count, windowMs } = { count: Number.MAX_SAFE_INTEGER, windowMs: 0 }] = limits
  const from = createdAt - windowMs
  // A link is kept while it counts against the limit, and while it can be used; one with wrong
  // codes for a day.
  const keptFrom = Math.min(from, createdAt - (expiresAt - createdAt))
  const counted = sql`from ${signInLinks}
    where inbox = ${inbox} and created_at > ${from} and is_counted
      and known_browser is ${knownBrowser}`
  const ofNetwork = sql`${counted} and network = ${network}`
  const share = knownBrowser === null ? Math.ceil((count * 3) / 5) : count
  // One statement counts and inserts, so that parallel requests cannot both take the last place.
  const [added = []] = await ask('D1', () =>
    transact(
      env,
      sql`insert into ${signInLinks} (hash, email, inbox, browser_hash, code_hash, network,
            known_browser, is_counted, creates_account, return_path, created_at, expires_at, tries)
          select ${link.hash}, ${link.email}, ${inbox}, ${link.browserHash}, ${link.codeHash},
            ${network}, ${knownBrowser}, true, ${link.createsAccount ? 1 : 0}, ${link.returnPath},
            ${createdAt}, ${expiresAt}, 0
          where (select count(*) ${counted}) < ${count}
            and (select count(*) ${ofNetwork}) < ${share}
          returning hash`,
      sql`delete from ${signInLinks} where created_at < ${keptFrom}
          and (tries = 0 or created_at < ${createdAt - DAY_MS})`,
    ),
  )
  if (added.length > 0) return 0
  const [times = []] = await ask('D1', () =>
    transact(
      env,
      sql`select
        (select created_at ${counted} order by created_at desc limit 1 offset ${count - 1})
          as of_all,
        (select created_at ${ofNetwork} order by created_at desc limit 1 offset ${share - 1})
          as of_network`,
    ),
  )
  const { of_all, of_network } = (times[0] ?? {}) as Record<string, number | null>
  const frees = Math.max(of_all ?? 0, of_network ?? 0) || createdAt
  return Math.max(1, frees + windowMs - createdAt)
}

/** Lets a link count against no limit, because its mail could not be sent. It stays usable. */
export async function forgiveLink(env: Env, hash: string): Promise<void> {
  await ask('D1', () =>
    writer(env).update(signInLinks).set({ isCounted: false }).where(eq(signInLinks.hash, hash)),
  )
}

/** Finds a link, usable or not; null if there is none. Changes nothing. */
export async function findLink(env: Env, hash: string, now: number): Promise<LinkView | null> {
  const [link] = await ask('D1', () =>
    primaryReader(env).select().from(signInLinks).where(eq(signInLinks.hash, hash)),
  )
  if (link === undefined) return null
  const { email, browserHash, returnPath, expiresAt, usedBy } = link
  return { email, browserHash, returnPath, isUsable: usedBy === null && expiresAt > now }
}

/** The outcome of a typed code. */
export type TriedCode =
  /** The hash of the link that the code is for. Nothing has been used yet. */
  | { linkHash: string }
  /** The code is wrong. How many more may be typed; 0: the next mail has a new one. */
  | { triesLeft: number }

/**
 * Compares a code, as its possible hashes, with those of the browser's newest mail and of earlier
 * mails to the same inbox that have not expired. A wrong code is counted in the same transaction,
 * so that parallel guesses are not more than guesses one by one; the same wrong code sent twice in
 * a row counts once. Returns null if the browser has no mail to type a code from.
 */
export async function tryCode(
  env: Env,
  { browserHash, codeHashes }: { browserHash: string; codeHashes: readonly string[] },
  now: number,
): Promise<TriedCode | null> {
  const [typed = ''] = codeHashes
  const hashes = sql.join(
    codeHashes.map((one) => sql`${one}`),
    sql`, `,
  )
  const living = sql`browser_hash = ${browserHash} and expires_at > ${now}`
  const newest = sql`(select hash from ${signInLinks} where ${living}
    order by created_at desc, rowid desc limit 1)`
  const ofInbox = sql`inbox = (select inbox from ${signInLinks} where hash = ${newest})`
  const triesToday = sql`(select coalesce(sum(tries), 0) from ${signInLinks}
    where ${ofInbox} and created_at > ${now - DAY_MS})`
  const triesSince = (link: string) => sql`(select coalesce(sum(tries), 0) from ${signInLinks} later
    where later.browser_hash = ${browserHash}
      and later.created_at >= ${sql.raw(link)}.created_at)`
  const match = sql`from ${signInLinks} one
    where ${living} and ${ofInbox} and code_hash in (${hashes})`
  const [matched = [], , rest = []] = await ask('D1', () =>
    transact(
      env,
      sql`select hash ${match} and ${triesSince('one')} < ${MAX_TRIES}
            and ${triesToday} < ${MAX_TRIES_A_DAY}
          order by created_at desc limit 1`,
      sql`update ${signInLinks} set tries = tries + 1, last_try = ${typed}
          where hash = ${newest} and used_by is null and last_try is not ${typed}
            and tries < ${MAX_TRIES} and ${triesToday} < ${MAX_TRIES_A_DAY}
            and not exists (select 1 ${match})`,
      sql`select min(${MAX_TRIES} - tries, ${MAX_TRIES_A_DAY} - ${triesToday}) as left
          from ${signInLinks} where hash = ${newest} and used_by is null`,
    ),
  )
  const [link] = matched as { hash: string }[]
  if (link !== undefined) return { linkHash: link.hash }
  const [row] = rest as { left: number }[]
  return row === undefined ? null : { triesLeft: Math.max(0, row.left) }
}
