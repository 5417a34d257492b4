/** Paying by the result under `npm run dev`, by the lines that it prints. */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { type Dev, devIn } from '../support/node/dev.ts'

/** What one of the three tweets costs. */
const PRICE = 150

const folder = devIn()
let dev: Dev
let port: string

beforeAll(async () => {
  port = String(await freePort(19_187))
  dev = await folder.start({ PORT: port })
})

afterAll(async () => {
  await dev.end('SIGTERM')
  folder.cleanUp()
})

/** Runs a printed line that has some words in it. What it says on both outputs. */
function paste(words: string, channel = ''): string {
  const line = dev.banner.split('\n').find((one) => one.includes(words))
  if (line === undefined) throw new Error(`no line is printed with "${words}"`)
  const command = line.replace('CHANNEL', channel)
  return execFileSync('sh', ['-c', `${command} 2>&1`], { encoding: 'utf8' })
}

const search = () => paste('/x/tweets/search?')
const channelIn = (said: string) => /0x[0-9a-f]{64}/.exec(said)?.[0] ?? 'none'

/** The report of the ledger, when it agrees with the chain; it has waited for what is still to be told. */
async function ledger(words: RegExp): Promise<string> {
  const command = 'node_modules/.bin/node cli/ledger/main.ts --reconcile || true'
  const env = { ...process.env, DEV_FOLDER: folder.folder }
  for (;;) {
    const said = execFileSync('sh', ['-c', command], { encoding: 'utf8', env })
    if (words.test(said)) return said
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

describe('paying by the result with what npm run dev prints', () => {
  const story =
    'opens a channel, goes on with it after a restart, and gives back what is left of it'
  it(story, { timeout: 240_000 }, async () => {
    const first = search()
    expect(JSON.parse(/\{.*\}(?=Session)/s.exec(first)?.[0] ?? '{}').tweets).toHaveLength(3)
    const channel = channelIn(first)
    expect(channelIn(search())).toBe(channel)

    await dev.end('SIGTERM')
    dev = await folder.start({ PORT: port })
    expect(channelIn(search())).toBe(channel)

    expect(paste('sessions close', channel)).toContain(`${channel}  closed  ${PRICE * 3 * 3}`)
    const report = await ledger(/refunded +0\.99/)
    expect(report).toContain('the ledger and the chain agree ✓')
    expect(report.replaceAll(/ {2,}/g, '  ')).toContain(
      'All channels\n  deposited  1.000000\n  accepted  0.001350\n  spent  0.001350\n  settled  0.001350\n  refunded  0.998650\n  still locked  0.000000\n',
    )
  })
})
