/** The parts of a deployment at the platform: stores, secrets of the Workers, migrations. */
import { lockedChannelsQuery } from '../../src/store/ledger/reportStatements.ts'
import { readMigrations } from '../migrations.ts'
import { type Api, CannotDeploy, Refused } from './api.ts'

/** The platform's number for "there is no such Worker". */
const NO_SUCH_WORKER = 10_007

/** Finds a database by its name, or makes it. Returns its id; null if a dry run would make it. */
export async function databaseId(api: Api, name: string): Promise<string | null> {
  const path = `${await api.account()}/d1/database`
  const query = new URLSearchParams({ name, per_page: '100' })
  const found = await api.read<{ uuid: string; name: string }[]>(`${path}?${query}`)
  const known = found?.find((one) => one.name === name)
  if (known !== undefined) return known.uuid
  const made = await api.change<{ uuid: string }>(
    'POST',
    path,
    { name },
    `make the D1 database ${name}`,
  )
  return made?.uuid ?? null
}

/** Finds a KV namespace by its title, or makes it. Returns its id; null as above. */
export async function namespaceId(api: Api, title: string): Promise<string | null> {
  const path = `${await api.account()}/storage/kv/namespaces`
  for (let page = 1; ; page++) {
    const found = await api.read<{ id: string; title: string }[]>(
      `${path}?per_page=100&page=${page}`,
    )
    const known = found?.find((one) => one.title === title)
    if (known !== undefined) return known.id
    if (found === null || found.length < 100) break
  }
  const made = await api.change<{ id: string }>(
    'POST',
    path,
    { title },
    `make the KV namespace ${title}`,
  )
  return made?.id ?? null
}

/** The names of a Worker's secrets; null if there is no such Worker yet. */
export async function secretNamesOf(api: Api, worker: string): Promise<string[] | null> {
  const path = `${await api.account()}/workers/scripts/${worker}/secrets`
  try {
    const secrets = await api.read<{ name: string }[]>(path)
    return secrets === null ? null : secrets.map(({ name }) => name)
  } catch (error) {
    if (error instanceof Refused && error.code === NO_SUCH_WORKER) return null
    throw error
  }
}

/** Stores a secret. Its value is never printed. */
export async function putSecret(api: Api, worker: string, name: string, text: string) {
  const path = `${await api.account()}/workers/scripts/${worker}/secrets`
  const body = { name, text, type: 'secret_text' }
  await api.change('PUT', path, body, `store the secret ${name} of ${worker}`)
}

/** Makes an empty Worker, to which secrets can belong before the first deployment. */
export async function makeWorker(api: Api, worker: string) {
  const form = new FormData()
  form.set('metadata', JSON.stringify({ main_module: 'index.js' }))
  const module = new Blob(['export default { fetch: () => new Response(null, { status: 503 }) }'], {
    type: 'application/javascript+module',
  })
  form.set('index.js', module, 'index.js')
  const path = `${await api.account()}/workers/scripts/${worker}`
  await api.change('PUT', path, form, `make the empty Worker ${worker}`)
}

/** The migrations that a database has not had yet, in their order. */
export async function pendingMigrations(api: Api, database: string): Promise<string[]> {
  const path = `${await api.account()}/d1/database/${database}/query`
  const names = readMigrations().map(({ name }) => name)
  try {
    const sql = 'select name from d1_migrations'
    const answer = await api.query<{ results: { name: string }[] }[]>(path, { sql })
    const applied = new Set(answer?.[0]?.results.map(({ name }) => name))
    return names.filter((name) => !applied.has(name))
  } catch (error) {
    // A database without the table has had none.
    if (error instanceof Refused && /no such table/i.test(error.message)) return names
    if (error instanceof Refused && error.status === 404)
      throw new CannotDeploy(
        `There is no database ${database} in this account: \`npm run setup\` finds or makes it.`,
      )
    throw error
  }
}

/** The number of payment channels that the ledger has as open: money is locked in them. */
export async function openChannels(api: Api, database: string): Promise<number> {
  const path = `${await api.account()}/d1/database/${database}/query`
  const { sql } = lockedChannelsQuery
  const answer = await api.query<{ results: { count: number }[] }[]>(path, { sql })
  return answer?.[0]?.results[0]?.count ?? 0
}
