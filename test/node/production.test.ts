/** The contents of a deployment, and its logs. */
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { unstable_readConfig } from 'wrangler'

it('a deployment contains nothing of dev, demo and test', async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: ['src/index.ts'],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
  })
  const ours = Object.keys(metafile.inputs).filter((input) => !input.startsWith('node_modules/'))
  expect(ours.length).toBeGreaterThan(30)
  expect(ours.filter((input) => !input.startsWith('src/'))).toEqual([])
  // The names of conveniences that only dev and tests have.
  expect(outputFiles[0]?.text).not.toMatch(
    /RATE_LIMITS|DEV_URL|ORIGIN_BASE_PATH|acc_demo|__lab|__requests|__dev|TURNPIKE_DEV|turnpike-explain|mailbox/i,
  )
})

it.each(['', 'payments/', 'heartbeat/'])(
  'a deployment of %swrangler.toml logs its own lines, no query, no whole URL and no trace',
  (folder) => {
    const { observability } = unstable_readConfig({ config: `${folder}wrangler.toml` })
    expect(observability).toMatchObject({
      enabled: true,
      redact_query_string: true,
      logs: { enabled: true, invocation_logs: false },
      traces: { enabled: false },
    })
  },
)
