/** Makes the text that `npm run dev` prints when it runs, and when the table has changed. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CONFIG_FILE } from '../cli/config/evaluate.ts'
import type { Config } from '../src/config/config.ts'
import { commandsOf, hintsOf } from './commands.ts'
import type { Facts } from './facts.ts'

/** The notes of a banner beside the table and the facts. */
export interface BannerNotes {
  /** The origin's URL with a note, or that there is none. */
  origin: string
  factsFile: string
  walletFolder: string
  /** Whether the demo origin answers. */
  hasDemo: boolean
  /** Sentences about values that the table asks for and nothing gives. */
  missing: readonly string[]
}

/** The whole banner, as text. */
export function bannerOf(config: Config, facts: Facts, notes: BannerNotes): string {
  const { gateway, mailbox, email, accountId, ownerUrl } = facts
  const signIn =
    config.signIn === null
      ? []
      : [
          `sign in         ${gateway}/sign-in  (any address; all mail goes to ${mailbox})`,
          `as the owner    ${ownerUrl}  (once, for 15 minutes)`,
        ]
  const head = [
    `Turnpike        ${gateway}`,
    `origin          ${notes.origin}`,
    ...signIn,
    `demo account    ${email} (${accountId})`,
    `all of this     ${shownPath(notes.factsFile)}`,
  ]
  const commands = commandsOf(config, facts, notes)
  const parts = [
    head.join('\n  '),
    ...commands.map(({ says, command }) => `${says}\n    ${command}`),
    ...[...notes.missing, ...hintsOf(config)].map((hint) => `! ${hint}`),
    `Save ${shownPath(fileURLToPath(CONFIG_FILE))} and the new table runs.`,
    'Ctrl-C stops it; the next start keeps the data.',
  ]
  return `\n${parts.map((part) => `  ${part}\n`).join('\n')}`
}

/** The path relative to the current folder if it is below that folder; else unchanged. */
function shownPath(path: string): string {
  const below = relative('', path)
  return below.startsWith('..') ? path : below
}
