/** Each example as its README says: the commands by the letter, on other ports. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { devIn } from '../support/node/dev.ts'

const EXPECTED: Record<string, RegExp[]> = {
  weather: [
    /"city":"oslo","sky":"clear"/,
    /^HTTP\/1\.1 402 /m,
    /www-authenticate: Payment .*method="tempo"/i,
    /"celsius":21\}\s.*$/s,
  ],
  mcp: [
    /^HTTP\/1\.1 401 /m,
    /resource_metadata="[^"]+\/\.well-known\/oauth-protected-resource\/mcp"/,
    /"authorization_servers":/,
    /"code_challenge_methods_supported":\["S256"\]/,
    /"name":"whoami"/,
  ],
  feed: [/"headline":"Rain expected"/, /^HTTP\/1\.1 402 /m, /"text":"It will rain\."/, /tempo/],
}

const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill()
})

it('every example is expected to do something', () => {
  expect(readdirSync('examples').sort()).toEqual(Object.keys(EXPECTED).sort())
})

describe.each(Object.entries(EXPECTED))('examples/%s', (name, expected) => {
  it('does what its README says', { timeout: 180_000 }, async () => {
    const readme = readFileSync(`examples/${name}/README.md`, 'utf8')
    const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block)
    const [start = '', ...calls] = blocks
    const port = String(await freePort(19_787))
    const originPort = String(await freePort(19_887))
    const lines = start.trim().split('\n')
    const origin = /^node (\S+) &$/.exec(lines[0] ?? '')?.[1]
    if (origin !== undefined) {
      const env = { ...process.env, ORIGIN_PORT: originPort }
      children.push(spawn(process.execPath, [origin], { env }))
    }
    const command = lines.at(-1) ?? ''
    expect(command).toMatch(/ npm run dev$/)
    const variables = [...command.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, key = '', value = '']) => {
      return [key, value.replace(':3000', `:${originPort}`)]
    })
    const { folder, start: startDev, cleanUp } = devIn()
    try {
      const dev = await startDev({ ...Object.fromEntries(variables), PORT: port })
      const script = calls
        .join('\n')
        .replaceAll('localhost:8787', `localhost:${port}`)
        .replaceAll('./.dev/', `${folder}/`)
      const env = {
        ...process.env,
        DEV_FOLDER: folder,
        PATH: `node_modules/.bin:${process.env.PATH}`,
      }
      const { stdout } = await promisify(execFile)('sh', ['-ec', script], { env })
      for (const pattern of expected) expect(stdout).toMatch(pattern)
      await dev.end('SIGTERM')
    } finally {
      cleanUp()
    }
  })
})
