/**
 * Keeps the Worker of `npm run dev` up to date with the config and the source: each good save is
 * built into one file, which wrangler runs and watches. Where a save is wrong, the file stays, so
 * that the last good table goes on.
 */
import { createHash } from 'node:crypto'
import { readFileSync, watchFile } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { context, type Plugin } from 'esbuild'
import { toSource } from '../cli/build/source.ts'
import { CONFIG_FILE, evaluateConfig, noConfig, textOf } from '../cli/config/evaluate.ts'
import type { Config } from '../src/config/config.ts'
import { BUNDLE_SETTINGS } from './bundle.ts'
import { writeWhole } from './files.ts'

/** A mistake must be there for so long before it is told: editors write a file in pieces. */
const SETTLE_MS = 300

/** The table that was built last. */
export interface Built {
  config: Config
  /** Names the file's content: the Worker that runs says which one it is. */
  id: string
}

export interface TableWatch {
  /** The file that wrangler runs. */
  outFile: string
  /** Files beside the source whose changes matter to `variables`. */
  watched: readonly string[]
  /** The variables that the Worker gets in the place of those of wrangler.toml. */
  variables: (config: Config) => Record<string, string>
  /** Called with each table that differs from the one before in anything. */
  onTable: (built: Built) => void
  /** Called with what is wrong with a later table, once for each save. */
  onMistake: (complaint: string) => void
  /** Called if a mistake was mended without any other change. */
  onMended: () => void
}

/**
 * Starts watching. Resolves to the first table, or to what is wrong with it: then there is no last
 * good table, and nothing to watch for.
 */
export async function watchTable(watch: TableWatch): Promise<Built | string> {
  let config: Config | null = null
  let written = ''
  let told = ''
  let telling: NodeJS.Timeout | undefined
  let isFirst = true
  const { promise: first, resolve: resolveFirst } = Promise.withResolvers<Built | string>()

  const evaluatedConfig: Plugin = {
    name: 'evaluated-config',
    setup(worker) {
      worker.onStart(() => clearTimeout(telling))
      worker.onLoad({ filter: /\/src\/gateway\.config\.ts$/ }, async () => {
        const evaluated = await evaluateConfig(CONFIG_FILE)
        const watchFiles = evaluated.inputs
        if ('complaint' in evaluated) return { errors: [{ text: evaluated.complaint }], watchFiles }
        config = evaluated.config
        const contents = `export default ${toSource(config)}`
        return { contents, loader: 'js', watchFiles }
      })
      worker.onEnd(async ({ errors, outputFiles }) => {
        const [file] = outputFiles ?? []
        if (errors.length > 0 || file === undefined || config === null) {
          const [error] = errors
          const isOfConfig = error?.pluginName === 'evaluated-config'
          const complaint = isOfConfig ? error.text : (noConfig() ?? (await textOf({ errors })))
          if (isFirst) return end(complaint)
          telling = setTimeout(() => tell(complaint), SETTLE_MS)
          return
        }
        take(config, file.text)
      })
    },
  }

  function end(first: Built | string): void {
    isFirst = false
    resolveFirst(first)
  }

  /** Tells a mistake, and tells it again if another save has left it as it was. */
  function tell(complaint: string): void {
    const said = complaint + readIfThere(fileURLToPath(CONFIG_FILE))
    if (said !== told) watch.onMistake(complaint)
    told = said
  }

  function take(table: Config, worker: string): void {
    const variables = watch.variables(table)
    const text = JSON.stringify(variables) + worker
    const isMended = told !== ''
    told = ''
    if (text === written) {
      if (isMended) watch.onMended()
      return
    }
    written = text
    const id = createHash('sha256').update(text).digest('hex').slice(0, 16)
    // One line, before the first line of the Worker, so that the map of the source stays right.
    const dev = `globalThis.TURNPIKE_DEV=${JSON.stringify({ id, variables })};`
    writeWhole(watch.outFile, dev + worker, 0o600)
    const built = { config: table, id }
    if (isFirst) end(built)
    else watch.onTable(built)
  }

  const worker = await context({
    ...BUNDLE_SETTINGS,
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    entryPoints: ['dev/gateway.ts'],
    sourcemap: 'inline',
    plugins: [evaluatedConfig],
  })
  await worker.watch()
  // These files may come and go, which esbuild's own watch does not see.
  for (const file of watch.watched)
    watchFile(file, { interval: 500 }, () => void worker.rebuild().catch(() => undefined))
  return first
}

/** The content of a file, or "" if there is none. */
export function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
