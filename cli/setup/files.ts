/** Writes what a person has said into the config and into `wrangler.toml`. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Project } from '../deployment/project.ts'
import { tomlValue } from '../deployment/toml.ts'
import type { SetupOptions } from './options.ts'

/** Writes or, in a dry run, only tells. Each change is one line; nothing is told twice. */
export function writeAnswers(
  options: SetupOptions,
  project: Project,
  configFile: string,
  say: (line: string) => void,
): void {
  const { host, origin, mcpOrigin, recipient, mail, owner, isDryRun } = options
  const change = (what: string, before: string, after: string, write: (text: string) => void) => {
    if (after === before) return
    say(`${isDryRun ? 'would ' : ''}write ${what}`)
    if (!isDryRun) write(after)
  }
  const toml = (what: string, edit: (text: string) => string) => {
    const before = project.textOf('gateway')
    change(`${what} into wrangler.toml`, before, edit(before), (text) => {
      project.write('gateway', text)
    })
  }
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
    config(`publicUrl: 'https://${host}'`, (text) => withHost(text, host))
    if (!host.endsWith('.workers.dev'))
      toml(`the route of ${host}`, (text) => withRoute(text, host))
  }
  if (owner !== undefined) config(`owners: ['${owner}']`, (text) => withOwner(text, owner))
  variable('ORIGIN_URL', origin)
  variable('MCP_ORIGIN_URL', mcpOrigin)
  variable('PAYMENT_RECIPIENT', recipient)
  if (mail !== undefined) {
    config(`mail.from: '${mail}'`, (text) =>
      text.replace(/(\bmail:\s*\{\s*from:\s*)(['"`])[^'"`]*\2/, `$1'${mail}'`),
    )
    toml('the binding of mail', (text) =>
      text.replace(/^# (\[\[send_email\]\])\n# (name = )/m, '$1\n$2'),
    )
  }
}

/** The config's text with another host; a name of the site that was the host goes with it. */
export function withHost(text: string, host: string): string {
  const [, , before = ''] = /(\bpublicUrl:\s*)['"`]https?:\/\/([^'"`]*)['"`]/.exec(text) ?? []
  return text
    .replace(/(\bpublicUrl:\s*)(['"`])[^'"`]*\2/, `$1'https://${host}'`)
    .replace(/(\bsite:\s*\{\s*name:\s*)(['"`])([^'"`]*)\2/, (whole, start, quote, name) =>
      name === before ? `${start}${quote}${host}${quote}` : whole,
    )
}

/** The config's text with an owner, beside those that it has. */
export function withOwner(text: string, owner: string): string {
  const [list, names] = /\bowners:\s*\[([^\]]*)\]/.exec(text) ?? []
  if (list === undefined) {
    return text.replace(/^( *)publicUrl:.*$/m, (line, indent) => {
      return `${line}\n${indent}owners: ['${owner}'],`
    })
  }
  if (names?.includes(`'${owner}'`) || names?.includes(`"${owner}"`)) return text
  const others = names?.trim() ? `${names.trim().replace(/,$/, '')}, ` : ''
  return text.replace(list, () => `owners: [${others}'${owner}']`)
}

/** The text with a variable in `[vars]`, in the place of the one that is there or as a new one. */
export function withVariable(text: string, name: string, value: string): string {
  const line = `${name} = ${JSON.stringify(value)}`
  if (tomlValue(text, 'vars', name) === value) return text
  const known = new RegExp(`^${name}\\s*=.*$`, 'm')
  if (tomlValue(text, 'vars', name) !== undefined) return text.replace(known, () => line)
  return text.replace(/^\[vars\]$/m, () => `[vars]\n${line}`)
}

/** The text with a custom domain as the Worker's route, in the place of the one that is there. */
export function withRoute(text: string, host: string): string {
  const line = `routes = [{ pattern = "${host}", custom_domain = true }]`
  const known = /^(?:# )?routes = \[.*\]$/m
  // The names at the top of a file belong to no table, so a new line goes before the first one.
  return known.test(text) ? text.replace(known, line) : text.replace(/^\[/m, () => `${line}\n\n[`)
}
