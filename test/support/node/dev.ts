/** Runs `npm run dev` as a process of a test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Facts {
  gateway: string
  origin: string
  /** The gateway's MCP endpoint. */
  mcp: string
  mailbox: string
  apiKey: string
  sessionToken: string
  accountId: string
  other: { apiKey: string; accountId: string }
  currency: string
  rpcUrl?: string
  chainId?: number
  recipient?: string
  payerPrivateKey?: string
}

export interface Dev {
  facts: Facts
  /** The folder of its state. */
  folder: string
  banner: string
  /** Waits until the process has printed a text after the last one that was waited for. */
  says: (text: string) => Promise<string>
  /** Sends a signal to the process and waits until it has exited. */
  end: (signal: NodeJS.Signals) => Promise<void>
  /** Kills all processes at once, like a power failure. */
  cut: () => Promise<void>
}

/**
 * Starts with one folder, so that each start finds the state of the one before. `cleanUp` ends them
 * all.
 */
export function devIn(folder = mkdtempSync(join(tmpdir(), 'turnpike-dev-'))) {
  const running = new Set<ChildProcess>()

  /** Starts `npm run dev`, and waits for its banner. */
  async function start(env: Record<string, string>): Promise<Dev> {
    const child = spawn(process.execPath, ['dev/start.ts'], {
      env: { ...process.env, DEV_FOLDER: folder, ...env },
    })
    running.add(child)
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    let output = ''
    let heard = 0
    const printed = new EventEmitter()
    const says = async (text: string): Promise<string> => {
      while (!output.slice(heard).includes(text)) await once(printed, 'more')
      const from = heard
      heard = output.indexOf(text, heard) + text.length
      return output.slice(from, heard)
    }
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output += chunk.toString()
        printed.emit('more')
        if (output.includes('Ctrl-C stops it')) resolve()
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('exit', (code) => reject(new Error(`exited with ${code}: ${output}`)))
    })
    heard = output.length
    const end = async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await exited
      running.delete(child)
    }
    const cut = async () => {
      const groups = readFileSync(join(folder, 'groups'), 'utf8').split('\n').map(Number)
      for (const group of groups) process.kill(-group, 'SIGKILL')
      await end('SIGKILL')
    }
    const facts: Facts = JSON.parse(readFileSync(join(folder, 'dev.json'), 'utf8'))
    return { facts, folder, banner: output, says, end, cut }
  }

  function cleanUp(): void {
    for (const child of running) child.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }

  return { folder, start, cleanUp }
}
