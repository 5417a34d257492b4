/** Writes what a person has said into the config and into `wrangler.toml`. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Config } from '../../src/config/config.ts'
import { isPayable, recipientVariables } from '../deployment/checks.ts'
import { type Project, type SecretWorkerName, WORKERS } from '../deployment/project.ts'
import { tomlValue, withTomlValue } from '../deployment/toml.ts'
import type { SetupOptions } from './options.ts'

/**
 * Writes or, in a dry run, only tells. Each change is one line; nothing is told twice. `before` is
 * the config as it is without the answers.
 */
export function writeAnswers(
  options: SetupOptions,
  project: Project,
  before: Config,
  configFile: string,
  say: (line: string) => void,
): void {
  const { host, origin, mcpOrigin, recipient, mail, owner, isDryRun } = options
  const change = (what: string, before: string, after: string, write: (text: string) => void) => {
    if (after === before) return
    say(`${isDryRun ? 'would ' : ''}write ${what}`)
    if (!isDryRun) write(after)
  }
  const tomlOf = (worker: SecretWorkerName, what: string, edit: (text: string) => string) => {
    const before = project.textOf(worker)
    change(`${what} into ${WORKERS[worker]}`, before, edit(before), (text) => {
      project.write(worker, text)
    })
  }
  const toml = (what: string, edit: (text: string) => string) => tomlOf('gateway', what, edit)
  const config = (what: string, edit: (text: string) => string) => {
    const before = readFileSync(configFile, 'utf8')
    change(`${what} into ${configFile}`, before, edit(before), (text) => {
      writeFileSync(configFile, text)
    })
  }
  const variable = (name: string, value: string | undefined) => {
    if (value !== undefined) toml(`${name} = "${value}"`, (text) => withVariable(text, name, value))
  }
  if (host !== undefined) {
    config(`publicUrl: ${quoted(`https://${host}`)}`, (text) => withHost(text, host))
    if (!host.endsWith('.workers.dev'))
      toml(`the route of ${host}`, (text) => withRoute(text, host))
  }
  if (owner !== undefined && !before.owners.includes(owner))
    config(`owners: [${quoted(owner)}]`, (text) => withOwner(text, owner))
  variable('ORIGIN_URL', origin)
  variable('MCP_ORIGIN_URL', mcpOrigin)
  variable(before.payments?.recipientFrom ?? 'PAYMENT_RECIPIENT', recipient)
  for (const { ours, theirs } of recipientVariables(before)) {
    // The payments Worker compares what these addresses receive with the ledger.
    const known = tomlValue(project.textOf('gateway'), 'vars', ours) ?? ''
    const address = (ours === before.payments?.recipientFrom ? recipient : undefined) ?? known
    if (isPayable(address))
      tomlOf('payments', `${theirs} = "${address}"`, (text) => withVariable(text, theirs, address))
  }
  if (mail !== undefined) {
    config(`mail.from: ${quoted(mail)}`, (text) => withMail(text, mail))
    toml('the binding of mail', (text) =>
      text.replace(/^# (\[\[send_email\]\])\n# (name = )/m, '$1\n$2'),
    )
  }
}

/** The answers that the config does not have, although they were to be written into it. */
export function unwritten({ host, owner, mail }: SetupOptions, config: Config): string[] {
  const wanted: [string, boolean][] = [
    [`publicUrl: ${quoted(`https://${host}`)}`, host === undefined || hostOf(config) === host],
    [`owners: [${quoted(`${owner}`)}]`, owner === undefined || config.owners.includes(owner)],
    [`mail: { from: ${quoted(`${mail}`)} }`, mail === undefined || config.mail?.from === mail],
  ]
  return wanted.filter(([, isThere]) => !isThere).map(([line]) => line)
}

const hostOf = ({ publicUrl }: Config) => new URL(publicUrl).host

/** A string as source text. An e-mail address may have an apostrophe in it. */
const quoted = (value: string) => (value.includes("'") ? JSON.stringify(value) : `'${value}'`)

/** A string of source text, between its quotes, which are the group "quote". */
const STRING = '(?<quote>[\'"`])(?<value>(?:(?!\\k<quote>).)*)\\k<quote>'

/** The config's text with another host; a name of the site that was the host goes with it. */
export function withHost(text: string, host: string): string {
  let before = ''
  const withUrl = edited(text, `\\bpublicUrl:\\s*${STRING}`, (url) => {
    before = url.replace(/^https?:\/\//, '')
    return quoted(`https://${host}`)
  })
  return edited(withUrl, `\\bsite:\\s*\\{\\s*name:\\s*${STRING}`, (name) =>
    quoted(name === before ? host : name),
  )
}

/** The config's text with another sender of mails. */
export function withMail(text: string, mail: string): string {
  return edited(text, `\\bmail:\\s*\\{[^{}]*?\\bfrom:\\s*${STRING}`, () => quoted(mail))
}

/** The config's text with an owner, beside those that it has. */
export function withOwner(text: string, owner: string): string {
  const list = firstIn(text, /\bowners:\s*\[(\s*)(?=(.))/g)
  if (list !== null) {
    // Before the others, because a comment may stand behind the last one.
    const [start, blank = '', next] = list
    const end = list.index + start.length
    const comma = next === ']' ? '' : blank.includes('\n') ? `,${blank}` : ', '
    return text.slice(0, end) + quoted(owner) + comma + text.slice(end)
  }
  const line = firstIn(text, /^( *)publicUrl:.*$/gm)
  // Another form of the list stays: a second one would be beside it.
  if (line === null || firstIn(text, /\bowners\b/g) !== null) return text
  const end = line.index + line[0].length
  return `${text.slice(0, end)}\n${line[1]}owners: [${quoted(owner)}],${text.slice(end)}`
}

/** The text with another string in the place of the one with which a pattern ends. */
function edited(text: string, pattern: string, edit: (value: string) => string): string {
  const match = firstIn(text, new RegExp(pattern, 'g'))
  const value = match?.groups?.value
  if (match === null || value === undefined) return text
  const end = match.index + match[0].length
  return text.slice(0, end - value.length - 2) + edit(value) + text.slice(end)
}

/** The first match that is not in a comment. */
function firstIn(text: string, pattern: RegExp): RegExpExecArray | null {
  for (const match of text.matchAll(pattern)) {
    const line = text.slice(text.lastIndexOf('\n', match.index - 1) + 1, match.index)
    if (!/\/\/|\/\*|^\s*\*/.test(line)) return match
  }
  return null
}

/** The text with a variable in `[vars]`, in the place of the one that is there or as a new one. */
export function withVariable(text: string, name: string, value: string): string {
  const known = tomlValue(text, 'vars', name)
  if (known === value) return text
  if (known !== undefined) return withTomlValue(text, 'vars', name, value)
  return text.replace(/^\[vars\]$/m, () => `[vars]\n${name} = ${JSON.stringify(value)}`)
}

/** The text with a custom domain as the Worker's route, in the place of the one that is there. */
export function withRoute(text: string, host: string): string {
  const line = `routes = [{ pattern = "${host}", custom_domain = true }]`
  const known = /^(?:# )?routes = \[[^\]]*\]$/m
  // The names at the top of a file belong to no table, so a new line goes before the first one.
  return known.test(text) ? text.replace(known, line) : text.replace(/^\[/m, () => `${line}\n\n[`)
}
