/** Paying by the result with the commands that `npm run dev` prints. */
import { execFileSync, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { type Dev, devIn } from '../support/node/dev.ts'

/** The price of one tweet, in the smallest unit. */
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

/** Runs the printed command that contains some words. Returns what it writes to both outputs. */
function paste(words: string, channel = ''): string {
  const line = dev.banner.split('\n').find((one) => one.includes(words))
  if (line === undefined) throw new Error(`no line is printed with "${words}"`)
  const command = line.replace('CHANNEL', channel)
  const { status, stdout } = spawnSync('sh', ['-c', `${command} 2>&1`], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the command ended with ${status} and said: ${stdout}`)
  return stdout
}

const search = () => paste('/x/tweets/search?')
const channelIn = (said: string) => /0x[0-9a-f]{64}/.exec(said)?.[0] ?? 'none'

/**
 * The report of the ledger, as soon as it contains some words: the ledger may be seconds behind.
 */
async function ledger(words: RegExp): Promise<string> {
  const command = 'node_modules/.bin/node cli/ledger/main.ts --reconcile || true'
  const env = { ...process.env, DEV_FOLDER: folder.folder }
  for (;;) {
    const said = execFileSync('sh', ['-c', command], { encoding: 'utf8', env })
    if (words.test(said)) return said
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

describe('paying by the result with the commands that npm run dev prints', () => {
  const story =
    'opens a channel, uses it again after a restart, and gives the rest of the deposit back'
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
