/** Runs before every test file in workerd: applies the migrations to the D1 of the test. */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

const { DB, MIGRATIONS } = env as unknown as { DB: D1Database; MIGRATIONS: D1Migration[] }
await applyD1Migrations(DB, MIGRATIONS)
