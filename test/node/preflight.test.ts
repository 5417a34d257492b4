/** The check before each command: flags that npm would keep for itself. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

function run(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { status, said: stdout + stderr }
}

describe('a flag without "--" before it', () => {
  it.each([
    ['explain', '--header', 'a: b'],
    ['explain', '--pay', 'GET'],
    ['explain', '--token=a', 'GET'],
  ])('stops the command, as npm says it: %s %s', (script, flag, value) => {
    const { status, said } = run('npm', ['run', '--silent', script, flag, value])
    expect(status).toBe(1)
    expect(said).toContain(`Write: npm run ${script} -- ${flag.split('=')[0]}`)
  })

  it('is a flag of the command behind "--"', () => {
    const args = ['run', '--silent', 'explain', '--', 'GET', '/trends', '--pay']
    const { status, said } = run('npm', args)
    expect([status, said]).toEqual([0, expect.stringContaining('payment decides alone')])
  })

  it.each([
    ['deploy', 'npm_config_dry_run', '--dry-run'],
    ['setup', 'npm_config_mcp_origin', '--mcp-origin'],
    ['secrets', 'npm_config_dry_run', '--dry-run'],
    ['ledger', 'npm_config_remote', '--remote'],
  ])('never makes a %s of another kind', (script, variable, flag) => {
    const env = { npm_lifecycle_event: script, [variable]: 'true' }
    const { status, said } = run(process.execPath, ['dev/preflight.mjs'], env)
    expect([status, said.trim()]).toEqual([
      1,
      `npm took ${flag} for itself, so nothing was done. Write: npm run ${script} -- ${flag}`,
    ])
  })

  it.each([
    ['deploy', 'deploy/main.ts'],
    ['setup', 'setup/options.ts'],
    ['secrets', 'rotation/main.ts'],
    ['ledger', 'ledger/args.ts'],
    ['explain', 'explain/main.ts'],
    ['owner-link', 'ownerLink.ts'],
  ])('is told whichever flag of %s it is', (script, file) => {
    const options = readFileSync(`cli/${file}`, 'utf8').matchAll(
      /([\w-]+)'?: \{ type: '(?:boolean|string)'/g,
    )
    const flags = [...options].flatMap(([, name = '']) => (name === 'help' ? [] : name))
    const env: Record<string, string> = { npm_lifecycle_event: script }
    for (const flag of flags) env[`npm_config_${flag.replaceAll('-', '_')}`] = 'true'
    const { said } = run(process.execPath, ['dev/preflight.mjs'], env)
    const told = said.split(' -- ')[1]?.trim().split(' ').sort()
    expect(told).toEqual(flags.map((flag) => `--${flag}`).sort())
  })

  it("is another script's own affair", () => {
    const env = { npm_lifecycle_event: 'dev', npm_config_dry_run: 'true' }
    expect(run(process.execPath, ['dev/preflight.mjs'], env).status).toBe(0)
  })
})
