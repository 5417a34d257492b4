/** A copy of the project in a folder of its own, as a clone has it after `npm ci`. */
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Copies the files that git knows or would add. `run` runs a command of `cli/` in the copy. */
export function copyProject() {
  const folder = mkdtempSync(join(tmpdir(), 'turnpike-copy-'))
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    encoding: 'utf8',
  })
  for (const name of listed.split('\n').filter((one) => /^(?!test\/|bench\/|docs\/)./.test(one)))
    cpSync(name, join(folder, name))
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  return {
    folder,
    path: (name: string) => join(folder, name),
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
    /** Runs `node FILE ARGS` in the copy. Resolves to the exit code and all output. */
    run(
      file: string,
      args: readonly string[],
      env: Record<string, string>,
    ): Promise<{ code: number; said: string }> {
      const settings = { cwd: folder, env: { ...process.env, ...env }, timeout: 110_000 }
      return new Promise((resolve) => {
        const child = execFile(process.execPath, [file, ...args], settings, (_, out, err) => {
          resolve({ code: child.exitCode ?? 1, said: out + err })
        })
        child.stdin?.end()
      })
    },
  }
}
