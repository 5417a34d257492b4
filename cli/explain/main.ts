/** The command `npm run explain`. */
import { parseArgs } from 'node:util'
import type { Config } from '../../src/config/config.ts'
import { readConfig } from '../config/evaluate.ts'
import { explain } from './explain.ts'

const HELP = `npm run explain -- METHOD PATH [options]: what the gateway makes of a request. PATH may be a URL,
or as the config writes it, without the base path.

  --key KEY         with an API key
  --session TOKEN   with the cookie of a session
  --token TOKEN     with an OAuth token
  --pay             with a payment
  --header 'N: V'   with a header; can be repeated

Nothing is sent anywhere. In npm run dev every answer says the same of itself: turnpike-explain.`

/** Reads the command line into a request. Returns the mistake, if there is one. */
async function main(): Promise<string | null> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      session: { type: 'string' },
      token: { type: 'string' },
      pay: { type: 'boolean' },
      header: { type: 'string', multiple: true },
      help: { type: 'boolean' },
    },
  })
  const [typed = '', place = '', ...more] = positionals
  if (values.help) {
    console.log(HELP)
    return null
  }
  const method = typed.toUpperCase()
  const { host, path } = readPlace(place)
  if (typed === '') return HELP
  if (!/^[A-Z]+$/.test(method)) return `First comes a method, like GET, not '${typed}'.\n\n${HELP}`
  if (!path.startsWith('/'))
    return `The method is followed by a path, like /x/tweets/123, not '${place}'.\n\n${HELP}`
  if (more.length > 0) return `'${more.join(' ')}' is too much: put quotes around the path.`
  if (values.token !== undefined && values.pay)
    return '--token and --pay are both sent in Authorization: leave one of them out.'
  const config = await readConfig()
  const headers = new Map<string, string>()
  for (const header of values.header ?? []) {
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(header) ?? []
    if (name === '') return `--header must be like 'accept: text/csv', not '${header}'.`
    headers.set(name.toLowerCase(), value)
  }
  if (values.key !== undefined) headers.set('x-api-key', values.key)
  if (values.session !== undefined)
    headers.set('cookie', `${config.sessions.cookie}=${values.session}`)
  if (values.token !== undefined) headers.set('authorization', `Bearer ${values.token}`)
  if (values.pay) headers.set('authorization', 'Payment e30')
  if (host !== null && !isServed(config, host)) {
    const served = [...config.hosts].join(', ')
    console.log(`  ${method} ${path.replace(/\?.*$/, '?…')} at ${host}\n`)
    console.log(`  route       421 misdirected_request: the hosts of the config are ${served}`)
    return null
  }
  // A path may be written as the table writes it, without the base path; a URL is what it is.
  const { publicUrl, basePath } = config
  const isBelow = path === basePath || path.startsWith(`${basePath}/`)
  const whole = explain(config, { method, url: publicUrl + path, headers })
  const below = explain(config, { method, url: publicUrl + basePath + path, headers })
  const isUnknown = !isBelow && whole.route?.startsWith('404') === true
  const isWritten = isUnknown && host === null
  const answer = isWritten ? below : whole
  if (isUnknown && !isWritten && below.route?.startsWith('404') === false)
    answer.route = `${whole.route}; ${basePath}${path.replace(/\?.*$/, '')} has one`
  // Without a route it is the query that is refused, because it holds a key.
  const shown = answer.route === undefined ? path.replace(/\?.*$/, '?…') : path
  console.log(`  ${method} ${isWritten ? basePath : ''}${shown}\n`)
  for (const [name, sentence] of Object.entries(answer))
    console.log(`  ${name.padEnd(12)}${sentence}`)
  return null
}

/**
 * Reads what a person has pasted: the host of a URL, or null; and the path as a client sends it,
 * without the fragment, and with everything that is not ASCII in percent-encoding.
 */
function readPlace(place: string): { host: string | null; path: string } {
  const [, host = null] = /^https?:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(place) ?? []
  const path = place
    .replace(/#.*$/, '')
    .replace(/^https?:\/\/[^/?]*\/?/i, '/')
    .replace(/[^\x21-\x7e]/gu, encodeURIComponent)
  return { host, path }
}

/** Whether the gateway serves a host; `npm run dev` serves those of this machine too. */
function isServed({ hosts }: Config, host: string): boolean {
  const name = host.toLowerCase().replace(/:\d*$/, '')
  return hosts.has(name) || /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(name)
}

try {
  const mistake = await main()
  if (mistake !== null) {
    console.error(mistake)
    process.exitCode = 1
  }
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
