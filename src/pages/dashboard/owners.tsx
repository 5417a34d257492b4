/** The pages of the people who run the gateway: accounts, and the audit list. */
import type { AccountListing, AccountPlace, AuditListing, ListPage } from '../../store/owners.ts'
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { ACTS, OWNERS } from '../words/owners.ts'
import { Day, Fact, Notice } from './facts.tsx'
import { DASHBOARD_PATHS } from './paths.ts'

export interface AccountsPage extends ListPage<AccountListing, AccountPlace> {
  /** The e-mail address or id that was looked for; "" for the list. */
  asked: string
  /** Whether an account was just disabled or enabled. */
  isDone: boolean
  /** Whether an e-mail address is an owner's. */
  isOwner: (email: string) => boolean
}

/** In characters: an e-mail address, or an id. */
const MAX_ASKED = 254

/** The page; each account's form posts its `id`. */
export function accountsPage(view: View, parts: AccountsPage): Response {
  const { words } = view
  const { items, next, asked, isDone } = parts
  const content = (
    <>
      {isDone ? <Notice>{words.say(OWNERS.done)}</Notice> : null}
      <form class="panel" method="get" action={DASHBOARD_PATHS.accounts}>
        <div class="row">
          <div>
            <label for="q">{words.say(OWNERS.find)}</label>
            <input id="q" type="search" name="q" value={asked} maxlength={MAX_ASKED} />
          </div>
          <button type="submit">{words.say(OWNERS.search)}</button>
        </div>
      </form>
      <p class="soft">{words.say(OWNERS.disableMeans)}</p>
      {items.length === 0 ? (
        <section class="panel empty">
          <p>{words.say(asked === '' ? OWNERS.empty : OWNERS.notFound)}</p>
        </section>
      ) : (
        <ul class="items">
          {items.map((account) => (
            <Account view={view} account={account} isOwner={parts.isOwner(account.email)} />
          ))}
        </ul>
      )}
      {asked === '' ? null : (
        <p>
          <a href={DASHBOARD_PATHS.accounts}>{words.say(OWNERS.all)}</a>
        </p>
      )}
      {next === null ? null : (
        <p>
          <a href={`${DASHBOARD_PATHS.accounts}?after=${next.createdAt}-${next.id}`}>
            {words.say(OWNERS.next)}
          </a>
        </p>
      )}
    </>
  )
  return page(view, { title: words.say(OWNERS.all), width: 'wide', content })
}

interface AccountParts {
  view: View
  account: AccountListing
  isOwner: boolean
}

function Account({ view: { words }, account, isOwner }: AccountParts) {
  const { id, email, createdAt, disabledAt, deletedAt } = account
  const act = disabledAt === null ? OWNERS.disable : OWNERS.enable
  const path = disabledAt === null ? DASHBOARD_PATHS.disable : DASHBOARD_PATHS.enable
  const state =
    deletedAt !== null ? OWNERS.deleted : disabledAt !== null ? OWNERS.disabled : OWNERS.enabled
  return (
    <li>
      <h2>
        <bdi>{email}</bdi>{' '}
        <span class={state === OWNERS.enabled ? 'badge good' : 'badge'}>{words.say(state)}</span>{' '}
        {isOwner ? <span class="badge">{words.say(OWNERS.owner)}</span> : null}
      </h2>
      <dl class="facts">
        <Fact name={words.say(OWNERS.id)}>
          <span class="mono">{id}</span>
        </Fact>
        <Fact name={words.say(OWNERS.since)}>
          <Day words={words} ms={createdAt} />
        </Fact>
      </dl>
      {deletedAt !== null || (isOwner && disabledAt === null) ? (
        <span />
      ) : (
        <form method="post" action={path}>
          <input type="hidden" name="id" value={id} />
          <button
            type="submit"
            class="second"
            aria-label={words.say(OWNERS.actNamed, { act: words.say(act), email })}
          >
            {words.say(act)}
          </button>
        </form>
      )}
    </li>
  )
}

/** The page of the audit list. */
export function auditPage(view: View, { items, next }: ListPage<AuditListing, number>): Response {
  const { words } = view
  const content = (
    <>
      <p class="lead">{words.say(OWNERS.auditLead)}</p>
      {items.length === 0 ? (
        <section class="panel empty">
          <p>{words.say(OWNERS.auditEmpty)}</p>
        </section>
      ) : (
        <ul class="items">
          {items.map(({ act, at, actorId, actorEmail, subjectId, subjectEmail }) => (
            <li>
              <time class="soft">{words.time(at)}</time>
              <dl class="facts">
                <Fact name={words.say(OWNERS.who)}>
                  <bdi>{actorEmail ?? actorId}</bdi>
                </Fact>
                <Fact name={words.say(OWNERS.what)}>{words.say(ACTS[act])}</Fact>
                <Fact name={words.say(OWNERS.account)}>
                  <bdi>{subjectEmail ?? subjectId}</bdi>
                </Fact>
              </dl>
            </li>
          ))}
        </ul>
      )}
      {next === null ? null : (
        <p>
          <a href={`${DASHBOARD_PATHS.audit}?after=${next}`}>{words.say(OWNERS.next)}</a>
        </p>
      )}
    </>
  )
  return page(view, { title: words.say(OWNERS.audit), width: 'wide', content })
}
