/**
 * The variables of `npm run dev`: what the table that runs asks for, and where each value comes
 * from. A variable of the environment comes first, then `.dev.vars`, then `wrangler.toml`, and what
 * stands in for a deployment's own comes last.
 */
import { parseEnv } from 'node:util'
import { isPlaceholder, tomlValue } from '../cli/deployment/toml.ts'
import type { Config, Origin } from '../src/config/config.ts'
import { parseOriginUrl } from '../src/config/urls.ts'
import { OPERATOR, RECIPIENT } from './money.ts'

/** The places in which values are found. */
export interface Sources {
  environment: Readonly<Record<string, string | undefined>>
  /** The text of `.dev.vars`; "" if there is none. */
  devVars: string
  /** The text of `wrangler.toml`. */
  wranglerToml: string
}

/** Every origin of a config, each once. */
export function originsOf({ routes }: Config): Origin[] {
  const origins = routes.map(({ target }) => ('origin' in target ? target.origin : target.merged))
  const byName = new Map(origins.flatMap((origin) => (origin ? [[origin.name, origin]] : [])))
  return [...byName.values()]
}

/** A value that a person has given, or undefined. */
function given(name: string, { environment, devVars, wranglerToml }: Sources): string | undefined {
  const set = environment[name] || parseEnv(devVars)[name]
  if (set !== undefined && set !== '') return set
  const value = tomlValue(wranglerToml, 'vars', name)
  return value === undefined || isPlaceholder(value) ? undefined : value
}

/**
 * The variables of `.dev.vars`, and those that the table asks for, as far as they have a value.
 * `demo` are the values that stand in for those that nothing gives.
 */
export function variablesFor(
  config: Config,
  sources: Sources,
  demo: Readonly<Record<string, string>>,
): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const [name, value] of Object.entries(parseEnv(sources.devVars)))
    if (value !== undefined) variables[name] = value
  for (const { location, secretHeaders } of originsOf(config)) {
    const names = Object.values(secretHeaders)
    if ('urlFrom' in location) names.push(location.urlFrom)
    for (const name of names) {
      const value = given(name, sources) ?? demo[name]
      if (value !== undefined) variables[name] = value
    }
  }
  const { payments } = config
  if (payments !== null) {
    // The local chain has accounts of its own.
    if (payments.channels !== null) variables[payments.channels.operatorFrom] = OPERATOR
    if (payments.evm !== null) variables[payments.evm.recipientFrom] = RECIPIENT
    variables[payments.recipientFrom] = RECIPIENT
  }
  return variables
}

/** The URL of the origin that takes ORIGIN_URL, else of the first one that has a URL. */
export function originUrlOf(
  config: Config,
  variables: Readonly<Record<string, string>>,
): string | undefined {
  const locations = originsOf(config).map(({ location }) => location)
  const main = locations.find((location) => 'urlFrom' in location && location.urlFrom === MAIN)
  const urls = [main ?? [], locations].flat().flatMap((location) => {
    if ('urlFrom' in location) return variables[location.urlFrom] ?? []
    return 'url' in location ? location.url : []
  })
  return urls[0]
}

/** The variable that `npm run dev` lets a person set for the origin. */
const MAIN = 'ORIGIN_URL'

/** Sentences about what the table asks for and nothing gives. */
export function missing(
  config: Config,
  variables: Readonly<Record<string, string>>,
  wranglerToml: string,
): string[] {
  const complaints: string[] = []
  for (const { name, location, secretHeaders } of originsOf(config)) {
    if ('urlFrom' in location) {
      const value = variables[location.urlFrom]
      if (value === undefined)
        complaints.push(
          `Origin "${name}" has no URL: ${location.urlFrom}=http://localhost:3000 npm run dev, ` +
            'or a line like that in .dev.vars.',
        )
      else complaints.push(...urlComplaints(location.urlFrom, value))
    }
    if ('service' in location && !hasBinding(wranglerToml, location.service))
      complaints.push(
        `Origin "${name}" has no Worker: wrangler.toml has no service binding ${location.service}.`,
      )
    for (const [header, secret] of Object.entries(secretHeaders)) {
      if (variables[secret] === undefined)
        complaints.push(
          `Origin "${name}" gets no ${header}: write ${secret}=… into .dev.vars, ` +
            'which git ignores.',
        )
    }
  }
  return complaints
}

/** Complaints about a variable's value as the URL of an origin; none if it is not set. */
export function urlComplaints(name: string, value: string): string[] {
  if (value === '' || parseOriginUrl(value) !== null) return []
  const typed = /^[\w.-]+(?::\d+)?(?:\/|$)/.test(value) ? ` Did you mean http://${value}?` : ''
  return [
    `${name} must be the URL of a service (https, or http on localhost, without a query), ` +
      `not "${value}".${typed}`,
  ]
}

function hasBinding(wranglerToml: string, binding: string): boolean {
  return wranglerToml.split('\n').some((line) => line.trim() === `binding = "${binding}"`)
}
