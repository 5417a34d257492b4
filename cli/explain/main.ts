/** The command `npm run explain`. */
import { parseArgs } from 'node:util'
import { readConfig } from '../config/evaluate.ts'
import { explain } from './explain.ts'

const HELP = `npm run explain -- METHOD PATH [options]: what the gateway makes of a request.

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
  const [method = '', path = ''] = positionals
  if (values.help) {
    console.log(HELP)
    return null
  }
  if (!/^[A-Z]+$/.test(method) || !path.startsWith('/')) return HELP
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
  // A path may be written as the config writes it, without the base path.
  const { publicUrl, basePath } = config
  const isBelow = path === basePath || path.startsWith(`${basePath}/`)
  const whole = explain(config, { method, url: publicUrl + path, headers })
  const below = explain(config, { method, url: publicUrl + basePath + path, headers })
  const isWritten = !isBelow && whole.route?.startsWith('404') === true
  const answer = isWritten ? below : whole
  console.log(`  ${method} ${isWritten ? basePath : ''}${path}\n`)
  for (const [name, sentence] of Object.entries(answer))
    console.log(`  ${name.padEnd(12)}${sentence}`)
  return null
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
