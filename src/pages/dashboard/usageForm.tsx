/** The form that chooses which usage is shown, and the link to the same usage as CSV. */
import type { KeyListing } from '../../store/keys/apiKeyStatements.ts'
import type { UsageFilter } from '../../store/usage/usage.ts'
import type { View } from '../view.ts'
import { USAGE, USAGE_SPANS } from '../words/usage.ts'
import { DASHBOARD_PATHS } from './paths.ts'
import { STATUS_CLASSES } from './usageNumbers.ts'

export type UsageSpan = keyof typeof USAGE_SPANS

export const USAGE_SPAN_NAMES = Object.keys(USAGE_SPANS) as readonly UsageSpan[]

/** The usage that was asked for. */
export interface UsageAsked {
  span: UsageSpan
  filter: UsageFilter
}

/** Everything that can be chosen. */
export interface UsageChoices {
  keys: readonly KeyListing[]
  apps: readonly { id: string; clientName: string }[]
  routes: readonly string[]
}

export function UsageForm({
  view: { words },
  asked: { span, filter },
  parts: { keys, apps, routes },
}: {
  view: View
  asked: UsageAsked
  parts: UsageChoices
}) {
  const credentials = [
    ...keys.map(({ id, name, prefix }) => [`key ${id}`, `${name} (${prefix}…)`] as const),
    ...apps.map(({ id, clientName }) => [`grant ${id}`, clientName] as const),
    ['session', words.say(USAGE.session)] as const,
  ]
  return (
    <form class="panel" method="get" action={DASHBOARD_PATHS.usage}>
      <div class="row filters">
        <Choice
          name="span"
          label={words.say(USAGE.time)}
          value={span}
          options={USAGE_SPAN_NAMES.map((one) => [one, words.say(USAGE_SPANS[one])] as const)}
        />
        <Choice
          name="credential"
          label={words.say(USAGE.credential)}
          all={words.say(USAGE.all)}
          value={filter.credential}
          options={credentials}
        />
        <Choice
          name="route"
          label={words.say(USAGE.route)}
          all={words.say(USAGE.all)}
          value={filter.route}
          options={routes.map((one) => [one, one] as const)}
        />
        <Choice
          name="status"
          label={words.say(USAGE.status)}
          all={words.say(USAGE.all)}
          value={filter.status}
          options={STATUS_CLASSES.map((one) => [one, one] as const)}
        />
      </div>
      <div class="row">
        <button type="submit" class="second">
          {words.say(USAGE.show)}
        </button>
        <a class="beside" href={`${DASHBOARD_PATHS.usageCsv}?${queryOf({ span, filter })}`}>
          {words.say(USAGE.csv)}
        </a>
      </div>
    </form>
  )
}

/** The query that asks for the same usage. */
function queryOf({ span, filter }: UsageAsked): string {
  const query = new URLSearchParams({ span })
  for (const [name, value] of Object.entries(filter)) if (value !== null) query.set(name, value)
  return query.toString()
}

interface ChoiceParts {
  name: string
  label: string
  /** The text of the option that is no choice. */
  all?: string
  /** The chosen option; null: none. */
  value: string | null
  options: readonly (readonly [value: string, text: string])[]
}

/** A list to choose from. The chosen value is in it, though it may be no option any more. */
function Choice({ name, label, all, value, options }: ChoiceParts) {
  const isKnown = value === null || options.some(([one]) => one === value)
  return (
    <div>
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        {all === undefined ? null : <option value="">{all}</option>}
        {isKnown ? null : (
          <option value={value} selected>
            {value}
          </option>
        )}
        {options.map(([one, text]) => (
          <option value={one} selected={one === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
