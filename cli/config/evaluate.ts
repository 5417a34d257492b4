/** Evaluates the config file as it stands on the disk, with all that it imports. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type BuildFailure, build, formatMessages } from 'esbuild'
import type { Config } from '../../src/config/config.ts'
import { type RunError, runModule } from './thread.ts'

const root = new URL('../../', import.meta.url)
/** The config file: GATEWAY_CONFIG, a path from the root of the project, or the one of `src`. */
export const CONFIG_FILE = new URL(process.env.GATEWAY_CONFIG || 'src/gateway.config.ts', root)

/** A config that was evaluated, or the complaints about it. */
export type Evaluated = { config: Config } | { complaint: string }

/**
 * Evaluates a config file. Never throws: what is wrong, in the file's form or in its content, comes
 * back as a sentence or a list of sentences. `inputs` are the paths of the file and of the files of
 * this project that it imports, as far as they are known.
 */
export async function evaluateConfig(
  file: URL = CONFIG_FILE,
): Promise<Evaluated & { inputs: string[] }> {
  const path = fileURLToPath(file)
  const absent = noConfig(file)
  if (absent !== null) return { complaint: absent, inputs: [path] }
  const bundled = await bundleOf(path)
  if ('complaint' in bundled) return { complaint: bundled.complaint, inputs: [path] }
  const { inputs } = bundled
  const ran = await runModule(bundled.text)
  if ('error' in ran) return { complaint: complaintOf(ran.error, path), inputs }
  if ('exitCode' in ran) return { complaint: exited(path, ran.exitCode), inputs }
  return isConfig(ran.exported)
    ? { config: ran.exported, inputs }
    : { complaint: `${path} must say \`export default defineGateway({ … })\`.`, inputs }
}

/** The complaint about a config file whose own code ends before it has exported anything. */
function exited(path: string, code: number): string {
  return (
    `${path} ends before it exports its table, by process.exit(${code}) or by an await that never ` +
    'ends. Take that out; to refuse something, throw an Error with a sentence.'
  )
}

/** The complaint about a config file that is not there; null if it is there. */
export function noConfig(file: URL = CONFIG_FILE): string | null {
  if (existsSync(file)) return null
  return `${fileURLToPath(file)} is not there: it is the table of routes. Bring it back, or write it anew.`
}

/** A complaint of `defineGateway`, or an error of the file's own code with what may be missing. */
function complaintOf(error: RunError, path: string): string {
  if (error.message.startsWith("The gateway's config is wrong"))
    return `${error.message}\n\n  docs/config.md has every field, with an example.`
  if (error.name !== 'ReferenceError') return error.message
  const from = path.startsWith(fileURLToPath(new URL('src/', root))) ? './' : '../../src/'
  return (
    `${path}: ${error.message}. Does the file begin with this line?\n` +
    `  import { defineGateway } from '${from}config/defineGateway.ts'`
  )
}

/** As `evaluateConfig`, but throws an Error with the complaints. */
export async function readConfig(file: URL = CONFIG_FILE): Promise<Config> {
  const evaluated = await evaluateConfig(file)
  if ('complaint' in evaluated) throw new Error(evaluated.complaint)
  return evaluated.config
}

async function bundleOf(
  path: string,
): Promise<{ text: string; inputs: string[] } | { complaint: string }> {
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: fileURLToPath(root),
      entryPoints: [path],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      logLevel: 'silent',
    })
    const inputs = Object.keys(metafile.inputs).map((input) => fileURLToPath(new URL(input, root)))
    const isOurs = (input: string) => !input.includes('/node_modules/')
    return { text: outputFiles[0]?.text ?? '', inputs: inputs.filter(isOurs) }
  } catch (error) {
    return { complaint: await textOf(error) }
  }
}

/** An error of esbuild as it prints one, with the place in the file. */
export async function textOf(error: unknown): Promise<string> {
  const { errors = [] } = error as Partial<BuildFailure>
  if (errors.length === 0) return error instanceof Error ? error.message : String(error)
  const texts = await formatMessages(errors, { kind: 'error', color: false })
  return texts.join('').trim()
}

/** Whether a value is what `defineGateway` returns. */
function isConfig(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && 'routes' in value && 'leaseMs' in value
}
