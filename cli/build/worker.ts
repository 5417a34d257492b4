/**
 * Builds the gateway's Worker as it is deployed. It consists of ES modules, so that a cold isolate
 * loads only the modules that its first request needs. Its config is checked and parsed by the
 * build, so that no isolate has to do either.
 * See docs/decisions/0021.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'
import { CONFIG_FILE, readConfig } from '../config/evaluate.ts'
import { checkedModule, skimmed } from './skimmed.ts'
import { toSource } from './source.ts'

const root = new URL('../../', import.meta.url)

/** Facts about a build. */
export interface BuiltWorker {
  /** The size of all modules together, in bytes. */
  bytes: number
  /** The paths of the source files in the Worker, from the root of the project. */
  inputs: string[]
  /**
   * The file names of the modules that every isolate loads: the entry module, and all that it
   * imports statically.
   */
  firstModules: string[]
  /** The paths of the source files in those modules. */
  firstInputs: string[]
}

/**
 * Evaluates the config file and puts the parsed config in its place. A wrong config throws its
 * complaints here.
 */
const parsedConfig = (file: URL): Plugin => ({
  name: 'parsed-config',
  setup(worker) {
    worker.onLoad({ filter: /\/src\/gateway\.config\.ts$/ }, async () => {
      return { contents: `export default ${toSource(await readConfig(file))}`, loader: 'js' }
    })
  },
})

/**
 * Writes the Worker and its `wrangler.toml` into a folder, which is emptied first. Rejects with the
 * complaints about a wrong config, or with an error of esbuild.
 */
export async function buildWorker(folder: URL, config: URL = CONFIG_FILE): Promise<BuiltWorker> {
  await rm(folder, { recursive: true, force: true })
  const { metafile, outputFiles } = await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: { index: 'src/index.ts' },
    outdir: fileURLToPath(new URL('worker', folder)),
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    // Classes like \p{L} are parsed when they are used. V8 parses each literal when it reads the
    // module, which takes a million instructions for every one that has such a class.
    supported: { 'regexp-sticky-and-unicode-flags': false },
    plugins: [parsedConfig(config)],
    logLevel: 'silent',
  })
  const { outputs } = metafile
  const [entry = ''] = Object.keys(outputs).filter((name) => name.endsWith('/index.js'))
  const first = new Set([entry])
  for (const name of first) {
    for (const { path, kind } of outputs[name]?.imports ?? [])
      if (kind === 'import-statement' && path in outputs) first.add(path)
  }
  const firstModules = [...first].map((name) => basename(name))
  await mkdir(new URL('worker/', folder), { recursive: true })
  for (const { path, text } of outputFiles) {
    const isFirst = firstModules.includes(basename(path))
    await writeFile(path, isFirst ? text : await checkedModule(skimmed(text)))
  }
  await writeFile(
    new URL('wrangler.toml', folder),
    deployConfig(
      await readFile(new URL('wrangler.toml', root), 'utf8'),
      relative(fileURLToPath(folder), fileURLToPath(root)),
    ),
  )
  return {
    bytes: Object.values(outputs).reduce((sum, { bytes }) => sum + bytes, 0),
    inputs: Object.values(outputs).flatMap(inputsOf),
    firstModules,
    firstInputs: [...first].flatMap((name) => inputsOf(outputs[name])),
  }
}

/** The source files that a module of the output contains code of. */
function inputsOf(output: Metafile['outputs'][string] | undefined): string[] {
  const inputs = Object.entries(output?.inputs ?? {})
  return inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)
}

/**
 * Returns the project's `wrangler.toml`, changed so that wrangler uploads the built modules as they
 * are. `toRoot` is the path from the file to the project's root. Throws an Error if the file does
 * not name `src/index.ts` as its main module.
 */
export function deployConfig(toml: string, toRoot = '..'): string {
  const main = 'main = "src/index.ts"'
  if (!toml.includes(`\n${main}\n`)) throw new Error(`wrangler.toml must say ${main}`)
  const built = [
    'main = "worker/index.js"',
    'no_bundle = true',
    'find_additional_modules = true',
    'base_dir = "worker"',
  ].join('\n')
  return `${toml
    .replace(main, built)
    .replace('migrations_dir = "', `migrations_dir = "${toRoot}/`)
    .replace('directory = "public"', `directory = "${toRoot}/public"`)}
[[rules]]
type = "ESModule"
globs = ["**/*.js"]
`
}
