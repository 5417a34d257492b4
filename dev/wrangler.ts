/** The process of wrangler in `npm run dev`: its arguments, and when what it serves answers. */
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * The command line with which wrangler asks nothing and prints only errors. `worker` is the built
 * gateway, `payments` the settings of the payments Worker, and `state` the folder of all stores.
 */
export function wranglerArguments(worker: string, payments: string, state: string): string[] {
  return [
    fileURLToPath(new URL('../node_modules/wrangler/bin/wrangler.js', import.meta.url)),
    'dev',
    worker,
    '--config',
    'wrangler.toml',
    '--config',
    payments,
    '--config',
    'heartbeat/wrangler.toml',
    '--ip',
    'localhost',
    '--persist-to',
    state,
    '--log-level',
    'error',
    '--show-interactive-dev-session=false',
    '--test-scheduled', // prints no hint about the cron; GET /__scheduled runs the cron
  ]
}

/** The environment with which wrangler reports nothing. */
export const QUIET = {
  CI: '1',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  DO_NOT_TRACK: '1',
}

/** Waits until a URL answers 2xx, and stops with what it answers else. */
export function untilAnswering(url: string, process: ChildProcess): Promise<void> {
  let answered = ''
  const answers = () =>
    fetch(url).then(
      async (response) => {
        answered = `: ${response.status} ${(await response.text()).slice(0, 300)}`
        return response.ok
      },
      () => false,
    )
  return untilUp(answers, () => `${url} does not answer as it should${answered}`, process)
}

/**
 * Waits until something is up, at most a minute. Otherwise, or if the process has exited, ends this
 * process with a sentence about it.
 */
export async function untilUp(
  isUp: () => Promise<boolean>,
  what: string | (() => string),
  child: ChildProcess,
): Promise<void> {
  const until = Date.now() + 60_000
  while (Date.now() < until && child.exitCode === null) {
    if (await isUp().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const isGone = child.exitCode !== null
  const sentence = typeof what === 'string' ? `${what} does not answer` : what()
  console.error(`\n${sentence}.${isGone ? ' The reason is printed above.' : ''}\n`)
  process.exit(1)
}
