/** The page of usage: what was called in a time, by hour, day or month, by route and by key. */
import type { KeyListing } from '../../store/keys/apiKeyStatements.ts'
import { type BucketSize, HOUR_MS } from '../../store/usage/buckets.ts'
import type { UsageSums } from '../../store/usage/usage.ts'
import { page } from '../layout.tsx'
import type { View } from '../view.ts'
import { KEYS } from '../words/keys.ts'
import { USAGE } from '../words/usage.ts'
import { Breakable, Fact, LastUsed, shownName } from './facts.tsx'
import { DASHBOARD_PATHS } from './paths.ts'
import { Chart } from './usageChart.tsx'
import { type UsageAsked, UsageForm } from './usageForm.tsx'
import { linesOf, STATUS_CLASSES, totalOf, type UsageLine } from './usageNumbers.ts'

export interface UsagePage {
  asked: UsageAsked
  size: BucketSize
  /** The first hours of the buckets of the time, the latest first. */
  starts: readonly number[]
  usage: UsageSums
  keys: readonly KeyListing[]
  /** The living grants. */
  apps: readonly { id: string; clientName: string; lastUsedAt: number | null }[]
  /** The ids of the routes. */
  routes: readonly string[]
  /** Epoch milliseconds. */
  now: number
}

/** The page. */
export function shownUsage(view: View, parts: UsagePage): Response {
  const { asked, size, starts, usage, keys } = parts
  const { words } = view
  const buckets = new Map(linesOf(usage.sums, 'bucket').map((line) => [line.name, line]))
  const whole = totalOf([...buckets.values()])
  const failed = (whole.byStatus.get('4xx') ?? 0) + (whole.byStatus.get('5xx') ?? 0)
  const nameOf = ({ name }: UsageLine) => {
    const ms = Number(name) * HOUR_MS
    if (size === 'hour') return words.hour(ms)
    return size === 'day' ? words.day(ms) : words.month(ms)
  }
  const empty = (name: number): UsageLine => ({ name: `${name}`, requests: 0, byStatus: new Map() })
  const isFiltered = Object.values(asked.filter).some((value) => value !== null)
  const isNew = keys.every(({ lastUsedAt }) => lastUsedAt === null) && !isFiltered
  const content = (
    <>
      <p class="lead">{words.say(USAGE.lead)}</p>
      <UsageForm view={view} asked={asked} parts={parts} />
      {usage.cutAt === null ? null : (
        <p class="warning" role="status">
          {words.say(USAGE.cut, { time: words.hour(usage.cutAt * HOUR_MS) })}
        </p>
      )}
      {whole.requests === 0 ? (
        <section class="panel empty">
          <p>{words.say(isNew ? USAGE.none : USAGE.noneHere)}</p>
          {isNew ? (
            <p>
              <a class="button" href={DASHBOARD_PATHS.keys}>
                {words.say(KEYS.newTitle)}
              </a>
            </p>
          ) : null}
        </section>
      ) : (
        <>
          <dl class="numbers">
            <Fact name={words.say(USAGE.calls)}>{words.number(whole.requests)}</Fact>
            <Fact name={words.say(USAGE.limited)}>
              {words.number(whole.byStatus.get('429') ?? 0)}
            </Fact>
            <Fact name={words.say(USAGE.failed)}>{words.number(failed)}</Fact>
          </dl>
          <section class="panel">
            <h2>{words.say(USAGE.byBucket)}</h2>
            <Chart
              view={view}
              lines={starts.map((start) => buckets.get(`${start}`) ?? empty(start)).toReversed()}
              nameOf={nameOf}
            />
            <UsageTable
              view={view}
              title={words.say(USAGE.byBucket)}
              column={`${words.say(USAGE.time)} (UTC)`}
              lines={starts
                .map((start) => buckets.get(`${start}`))
                .filter((line) => line !== undefined)}
              whole={whole}
              nameOf={nameOf}
            />
          </section>
          <section class="panel">
            <h2>{words.say(USAGE.byRoute)}</h2>
            <UsageTable
              view={view}
              title={words.say(USAGE.byRoute)}
              column={words.say(USAGE.route)}
              lines={linesOf(usage.sums, 'route')}
              whole={whole}
              nameOf={({ name }) => name}
            />
          </section>
          <Credentials view={view} parts={parts} />
        </>
      )}
    </>
  )
  return page(view, { title: words.say(USAGE.title), width: 'wide', content })
}

interface UsageTableParts {
  view: View
  title: string
  /** The name of the first column. */
  column: string
  lines: readonly UsageLine[]
  whole: UsageLine
  nameOf: (line: UsageLine) => string
}

/** A table with a column for each class that the time has. It scrolls where it does not fit. */
function UsageTable({ view: { words }, title, column, lines, whole, nameOf }: UsageTableParts) {
  const shown = STATUS_CLASSES.filter((status) => whole.byStatus.has(status))
  return (
    <section class="scroll" tabindex={0} aria-label={title}>
      <table class="counts">
        <thead>
          <tr>
            <th scope="col">{column}</th>
            <th scope="col">{words.say(USAGE.calls)}</th>
            {shown.map((status) => (
              <th scope="col">{status}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr>
              <th scope="row">
                <Breakable text={nameOf(line)} />
              </th>
              <td>{words.number(line.requests)}</td>
              {shown.map((status) => (
                <td>{words.number(line.byStatus.get(status) ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Credentials({ view, parts }: { view: View; parts: UsagePage }) {
  const { words } = view
  const { usage, keys, apps, now } = parts
  return (
    <section>
      <h2>{words.say(USAGE.byCredential)}</h2>
      <ul class="items">
        {linesOf(usage.sums, 'credential').map(({ name: credential, requests, byStatus }) => {
          const key = keys.find(({ id }) => credential === `key ${id}`)
          const app = apps.find(({ id }) => credential === `grant ${id}`)
          const lastUsedAt = (key ?? app)?.lastUsedAt
          return (
            <li>
              <div>
                <h3>
                  <bdi>{credentialName(view, credential, parts)}</bdi>
                </h3>
                {key === undefined ? null : <code>{key.prefix}…</code>}{' '}
                {key === undefined || key.isActive ? null : (
                  <span class="badge">{words.say(KEYS.inactive)}</span>
                )}
              </div>
              <dl class="facts">
                <Fact name={words.say(KEYS.calls)}>{words.number(requests)}</Fact>
                <Fact name={words.say(USAGE.limited)}>
                  {words.number(byStatus.get('429') ?? 0)}
                </Fact>
                {lastUsedAt === undefined ? null : (
                  <Fact name={words.say(KEYS.lastUsed)}>
                    <LastUsed words={words} ms={lastUsedAt} now={now} />
                  </Fact>
                )}
              </dl>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** The name of "key 42", "grant grt_…" or "session", as its owner knows it. */
export function credentialName(
  { words }: View,
  credential: string,
  { keys, apps }: Pick<UsagePage, 'keys' | 'apps'>,
): string {
  const [kind = '', id = ''] = credential.split(' ')
  if (kind === 'key') {
    const key = keys.find((one) => one.id === id)
    return key === undefined ? words.say(USAGE.key, { id }) : shownName(key.name)
  }
  if (kind === 'grant') {
    const app = apps.find((one) => one.id === id)
    return app === undefined ? words.say(USAGE.endedApp) : shownName(app.clientName)
  }
  return words.say(USAGE.session)
}
