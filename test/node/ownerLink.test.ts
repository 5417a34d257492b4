/** `npm run owner-link`: for which owner, and what reaches the database of `wrangler dev`. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { ownerOf } from '../../cli/ownerLink.ts'

const folder = mkdtempSync(join(tmpdir(), 'owner-link-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the owner', () => {
  it('is the only one of the config, or the one that is named', () => {
    expect(ownerOf(['a@example.com'], undefined)).toBe('a@example.com')
    expect(ownerOf(['a@example.com', 'b@example.com'], 'B@example.com')).toBe('b@example.com')
    expect(ownerOf(['a@xn--mller-kva.example'], 'A@m\u00fcller.example')).toBe(
      'a@xn--mller-kva.example',
    )
  })

  it.each([
    [[], undefined, 'The config has no owners'],
    [
      ['a@example.com', 'b@example.com'],
      undefined,
      'Say which owner: a@example.com, b@example.com',
    ],
    [['a@example.com'], 'c@example.com', 'Say which owner: a@example.com'],
  ])('of %o, asked for %s, is none', (owners, asked, complaint) => {
    expect(() => ownerOf(owners, asked)).toThrow(complaint)
  })
})

/** Runs the command with the shipped config, changed by `change`. Never rejects. */
async function run(change: string, ...args: string[]) {
  const config = join(folder, `${Math.random()}.config.ts`)
  const source = readFileSync(new URL('../../src/gateway.config.ts', import.meta.url), 'utf8')
  const root = new URL('../..', import.meta.url).pathname
  writeFileSync(
    config,
    source
      .replace("'./config/defineGateway.ts'", `'${root}src/config/defineGateway.ts'`)
      .replace(/^ {2}owners: .*$/m, '')
      .replace("publicUrl: 'https://xquik.com',", `publicUrl: 'https://xquik.com',\n  ${change}`),
  )
  const program = `${root}cli/ownerLink.ts`
  return promisify(execFile)(process.execPath, [program, ...args], {
    env: { ...process.env, GATEWAY_CONFIG: config },
  }).then(
    ({ stdout, stderr }) => ({ stdout, stderr, failed: false }),
    ({ stdout, stderr }) => ({ stdout: String(stdout), stderr: String(stderr), failed: true }),
  )
}

it('takes the word for the local database, which is no owner, and no more words', async () => {
  const named = await run("owners: ['a@example.com', 'b@example.com'],", 'local')
  expect(named.stderr).toContain('Say which owner: a@example.com, b@example.com')
  const more = await run("owners: ['a@example.com'],", 'a@example.com', 'local', 'more')
  expect(more).toMatchObject({ stdout: '', stderr: expect.stringContaining('Usage: npm run') })
})

it('says what is missing, and prints no link', async () => {
  const answer = await run('', '--local')
  expect(answer).toMatchObject({ failed: true, stdout: '' })
  expect(answer.stderr).toContain("add owners: ['you@example.com']")
})
