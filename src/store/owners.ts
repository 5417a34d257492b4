/** The SQL of the owners' pages: accounts, and the list of what was done to them. */
import { and, desc, eq, lt, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ask } from './ask.ts'
import { primaryReader, transact } from './db.ts'
import type { Env } from './env.ts'
import { accounts, auditEntries } from './schema.ts'

/** An account as owners see it. Times are epoch milliseconds. */
export interface AccountListing {
  id: string
  /** The account's id, once it is deleted. */
  email: string
  plan: 'active' | 'inactive'
  createdAt: number
  disabledAt: number | null
  deletedAt: number | null
}

/** Something that was done to an account. */
export interface AuditListing {
  id: number
  act: 'disable' | 'enable' | 'delete'
  at: number
  actorId: string
  /** The e-mail address as it is now; the account's id, once it is deleted. */
  actorEmail: string | null
  subjectId: string
  subjectEmail: string | null
}

/** A part of a list, and the place where the next part begins; null: it was the last one. */
export interface ListPage<Item, Place> {
  items: Item[]
  next: Place | null
}

/** The place of an account in the list: the newest come first. */
export interface AccountPlace {
  createdAt: number
  id: string
}

/** How many entries a page of a list has. */
const PAGE_SIZE = 50

const LISTED = {
  id: accounts.id,
  email: accounts.email,
  plan: accounts.plan,
  createdAt: accounts.createdAt,
  disabledAt: accounts.disabledAt,
  deletedAt: accounts.deletedAt,
}

/** Reads a page of accounts, the newest first, from behind a place on. */
export async function listAccounts(
  env: Env,
  behind: AccountPlace | null,
): Promise<ListPage<AccountListing, AccountPlace>> {
  const { createdAt, id } = accounts
  const isBehind =
    behind === null ? undefined : sql`(${createdAt}, ${id}) < (${behind.createdAt}, ${behind.id})`
  const rows = await selectAccounts(env, isBehind, PAGE_SIZE + 1)
  return pageOf(rows, ({ createdAt, id }) => ({ createdAt, id }))
}

/** Finds the account with an e-mail address in its one spelling, or with an id; null: none. */
export async function findAccount(env: Env, emailOrId: string): Promise<AccountListing | null> {
  const isIt = or(eq(accounts.email, emailOrId), eq(accounts.id, emailOrId))
  const [account = null] = await selectAccounts(env, isIt, 1)
  return account
}

function selectAccounts(env: Env, which: SQL | undefined, most: number): Promise<AccountListing[]> {
  return ask('D1', () =>
    primaryReader(env)
      .select(LISTED)
      .from(accounts)
      .where(which)
      .orderBy(desc(accounts.createdAt), desc(accounts.id))
      .limit(most),
  )
}

/**
 * Disables or enables an account, and writes into the audit list that `actorId` did it, in one
 * transaction. An account that is so already, or is deleted, or unknown, stays as it is, and
 * nothing is written.
 */
export async function setDisabled(
  env: Env,
  { act, actorId, accountId }: { act: 'disable' | 'enable'; actorId: string; accountId: string },
  now: number,
): Promise<void> {
  const isOther = act === 'disable' ? sql`disabled_at is null` : sql`disabled_at is not null`
  const isChanged = sql`id = ${accountId} and deleted_at is null and ${isOther}`
  await ask('D1', () =>
    transact(
      env,
      sql`insert into ${auditEntries} (act, actor_id, subject_id, at)
          select ${act}, ${actorId}, id, ${now} from ${accounts} where ${isChanged}`,
      sql`update ${accounts} set disabled_at = ${act === 'disable' ? now : null}
          where ${isChanged}`,
    ),
  )
}

/** Reads a page of the audit list, the newest entries first, from behind an entry on. */
export async function listAudit(
  env: Env,
  behind: number | null,
): Promise<ListPage<AuditListing, number>> {
  const [actor, subject] = [alias(accounts, 'actor'), alias(accounts, 'subject')]
  const { id, act, at, actorId, subjectId } = auditEntries
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({
        id,
        act,
        at,
        actorId,
        subjectId,
        actorEmail: actor.email,
        subjectEmail: subject.email,
      })
      .from(auditEntries)
      .leftJoin(actor, eq(actor.id, actorId))
      .leftJoin(subject, eq(subject.id, subjectId))
      .where(and(behind === null ? undefined : lt(id, behind)))
      .orderBy(desc(id))
      .limit(PAGE_SIZE + 1),
  )
  return pageOf(rows, (entry) => entry.id)
}

/** A page of rows, of which one more was read than the page shows. */
function pageOf<Item, Place>(rows: Item[], placeOf: (item: Item) => Place): ListPage<Item, Place> {
  const items = rows.slice(0, PAGE_SIZE)
  const last = items.at(-1)
  const hasMore = rows.length > PAGE_SIZE && last !== undefined
  return { items, next: hasMore ? placeOf(last) : null }
}
