import { availableParallelism } from 'node:os'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { makeSecrets } from './cli/secrets.ts'
import { bundle } from './dev/bundle.ts'
import { OPERATOR, paymentsVars, RECIPIENT } from './dev/money.ts'
import { documentSite } from './test/support/node/documentSite.ts'

const path = (name: string) => new URL(name, import.meta.url).pathname

/** The plugin that runs tests in workerd, beside the Workers that the gateway is bound to. */
const inWorkerd = () =>
  cloudflareTest(async () => ({
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      bindings: {
        ...(await makeSecrets()),
        PAYMENT_RECIPIENT: RECIPIENT,
        PAYMENT_OPERATOR: OPERATOR,
        MIGRATIONS: await readD1Migrations(path('migrations')),
      },
      serviceBindings: { DEMO: 'demo-origin' },
      outboundService: documentSite,
      workers: [
        {
          name: 'demo-origin',
          modules: true,
          compatibilityDate: '2026-10-23',
          script: await bundle(path('demo/origin.ts')),
        },
        {
          name: 'turnpike-payments',
          modules: true,
          compatibilityDate: '2026-10-23',
          script: await bundle(path('payments/index.ts')),
          d1Databases: { DB: '00000000-0000-0000-0000-000000000000' },
          durableObjects: {
            CHARGES: { className: 'ChargeClaimsObject', useSQLite: true },
          },
          additionalUnboundDurableObjects: [{ className: 'PaymentChannelObject', useSQLite: true }],
          bindings: paymentsVars('http://127.0.0.1:1'),
        },
        {
          name: 'turnpike-heartbeat',
          modules: true,
          compatibilityDate: '2026-10-23',
          script: await bundle(path('test/support/worker/heartbeatWorker.ts')),
          d1Databases: { DB: '00000000-0000-0000-0000-000000000000' },
          additionalUnboundDurableObjects: [
            { className: 'AccountObject', useSQLite: true },
            { className: 'AddressObject', useSQLite: true },
          ],
        },
      ],
    },
  }))

/** A busy machine must not make a test fail. */
const PATIENT = { testTimeout: 30_000, expect: { poll: { timeout: 20_000 } } }
const setupFiles = ['test/support/worker/eachFile.ts']

/**
 * Three projects: tests of pure code and tests of the Worker run in workerd, tests of whole
 * processes in Node.
 */
export default defineConfig({
  test: {
    silent: 'passed-only',
    // Tests mostly wait for chains, processes and timers, so there may be more workers than cores.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      {
        plugins: [inWorkerd()],
        test: {
          ...PATIENT,
          name: 'unit',
          // The files share isolates: starting one for each takes longer than its tests.
          isolate: false,
          include: ['test/unit/**/*.test.ts', 'test/conformance/clients/*.test.ts'],
          setupFiles,
        },
      },
      {
        plugins: [inWorkerd()],
        test: { ...PATIENT, name: 'workerd', include: ['test/worker/**/*.test.ts'], setupFiles },
      },
      {
        test: {
          name: 'node',
          // The files share processes, and so the bundled Workers.
          isolate: false,
          expect: { poll: { timeout: 60_000 } },
          include: ['test/node/**/*.test.ts', 'test/e2e/*.test.ts', 'test/conformance/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
