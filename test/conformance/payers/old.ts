/**
 * Old versions of mppx's client pay at the gateway of today, on a local chain. Each version is
 * installed into a folder of its own outside of the repository.
 *
 *     node test/conformance/payers/old.ts [VERSION …]
 */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PAYER_PRIVATE_KEY } from '../../../dev/money.ts'
import { PRICE, type Seen, startPaidGateway } from '../../support/node/paidGateway.ts'

const run = promisify(execFile)
const VERSIONS = ['0.8.19', '0.10.1']
const file = (name: string) => new URL(name, import.meta.url)

/** The client must print this: an answer for each payment, and 5 results through the channel. */
const EXPECTED = {
  pull: [200, 'sold'],
  push: [200, 'sold'],
  channel: [200, 200],
  spent: String(5n * PRICE),
}

function answer({ target }: Seen, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(target, 'http://origin')
  if (pathname !== '/search') return void response.end('sold')
  const tweets = Array.from({ length: Number(searchParams.get('n')) }, (_, id) => id)
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ tweets }))
}

/** Installs a version with the repository's viem. Returns its folder. */
async function install(version: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `turnpike-mppx-${version}-`))
  const { devDependencies, dependencies } = JSON.parse(
    readFileSync(file('../../../package.json'), 'utf8'),
  )
  const viem = dependencies?.viem ?? devDependencies?.viem
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--omit=dev', '--omit=peer']
  await run('npm', ['install', ...options, `mppx@${version}`, `viem@${viem}`], { cwd: folder })
  copyFileSync(file('payer.mjs'), join(folder, 'payer.mjs'))
  return folder
}

const versions = process.argv.length > 2 ? process.argv.slice(2) : VERSIONS
const gateway = await startPaidGateway()
gateway.origin.behave = answer
let isWrong = false
for (const version of versions) {
  const folder = await install(version)
  let printed = ''
  const gained = await gateway.gain(async () => {
    const env = { ...process.env, GATEWAY: gateway.workers.url, RPC: gateway.chain.url }
    const child = run(process.execPath, ['payer.mjs'], {
      cwd: folder,
      env: { ...env, KEY: PAYER_PRIVATE_KEY },
    })
    printed = await child.then(
      ({ stdout }) => stdout.trim(),
      (error) => String(error),
    )
  })
  const isGood = printed === JSON.stringify(EXPECTED) && gained === 7n * PRICE
  if (!isGood) isWrong = true
  console.log(`mppx ${version}: ${isGood ? 'pays' : 'DOES NOT PAY'}: ${printed}, ${gained} gained`)
  rmSync(folder, { recursive: true })
}
await gateway.end()
process.exit(isWrong ? 1 : 0)
