/** The check before each command: flags that npm would keep for itself. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

function run(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { status, said: stdout + stderr }
}

describe('a flag without "--" before it', () => {
  it('stops the command, as npm says it', () => {
    const { status, said } = run('npm', ['run', '--silent', 'explain', '--header', 'a: b'])
    expect(status).toBe(1)
    expect(said).toContain('Write: npm run explain -- --header')
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

  it("is another script's own affair", () => {
    const env = { npm_lifecycle_event: 'dev', npm_config_dry_run: 'true' }
    expect(run(process.execPath, ['dev/preflight.mjs'], env).status).toBe(0)
  })
})
