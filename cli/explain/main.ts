/** The command `npm run explain`. */
import { parseArgs } from 'node:util'
import { readConfig } from '../config/evaluate.ts'
import { explain } from './explain.ts'

const HELP = `npm run explain -- METHOD PATH [options]: what the gateway makes of a request. PATH may be a URL.

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
  const path = pathIn(place)
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
  // A path may be written as the table writes it, without the base path.
  const { publicUrl, basePath } = config
  const isBelow = path === basePath || path.startsWith(`${basePath}/`)
  const whole = explain(config, { method, url: publicUrl + path, headers })
  const below = explain(config, { method, url: publicUrl + basePath + path, headers })
  const isWritten = !isBelow && whole.route?.startsWith('404') === true
  const answer = isWritten ? below : whole
  // Without a route it is the query that is refused, because it holds a key.
  const shown = answer.route === undefined ? path.replace(/\?.*$/, '?…') : path
  console.log(`  ${method} ${isWritten ? basePath : ''}${shown}\n`)
  for (const [name, sentence] of Object.entries(answer))
    console.log(`  ${name.padEnd(12)}${sentence}`)
  return null
}

/**
 * The path of what a person has pasted, as a client sends it: without the host and the fragment,
 * and with everything that is not ASCII in percent-encoding.
 */
function pathIn(place: string): string {
  return place
    .replace(/#.*$/, '')
    .replace(/^https?:\/\/[^/?]*\/?/i, '/')
    .replace(/[^\x21-\x7e]/gu, encodeURIComponent)
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
