/** Lists that show a part of what there is, and say so. */
import { expect, it } from 'vitest'
import shipped from '../../../src/gateway.config.ts'
import { accountPage } from '../../../src/pages/dashboard/account.tsx'
import { shownApps } from '../../../src/pages/dashboard/apps.tsx'
import { keysPage } from '../../../src/pages/dashboard/keys.tsx'
import { type View, viewOf } from '../../../src/pages/view.ts'
import { Call } from '../../../src/pipeline/call.ts'
import type { Env } from '../../../src/store/env.ts'
import { MOST_LISTED } from '../../../src/store/listed.ts'

const view = (): View => {
  const request = new Request('https://xquik.com/')
  return viewOf(new Call(request, {} as Env, { waitUntil: () => undefined }), shipped)
}
const NOW = Date.UTC(2026, 10, 28)
const fill = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)
const SESSION = { id: 's', browser: 'b', place: '', createdAt: NOW, seenAt: NOW }
const GRANT = {
  id: 'grt_1',
  clientId: 'c',
  clientName: 'Claude',
  scope: 'mcp:tools',
  resource: 'https://xquik.com/mcp',
  audiences: 'https://xquik.com/mcp',
  refreshes: true,
  createdAt: NOW,
  lastUsedAt: null,
  accountId: 'a',
  revokedAt: null,
}
const KEY = {
  id: '1',
  name: 'n',
  prefix: 'xq_a1b2c',
  createdAt: NOW,
  requests: 0,
  lastUsedAt: null,
  expiresAt: null,
}

const PAGES: [name: string, most: number, make: (count: number) => Response][] = [
  [
    'browsers',
    MOST_LISTED.sessions,
    (count) => {
      const sessions = fill(count, SESSION)
      const person = { accountId: 'a', email: 'a@b.c', sessionId: 's', isEnded: false }
      return accountPage(view(), { ...person, sessions, now: NOW })
    },
  ],
  [
    'connected apps',
    MOST_LISTED.grants,
    (count) => {
      const grants = fill(count, GRANT)
      return shownApps(view(), { grants, oauth: shipped.oauth, now: NOW, isEnded: false })
    },
  ],
  [
    'keys that have ended',
    MOST_LISTED.endedKeys,
    (count) => {
      const active = { ...KEY, isActive: true }
      const keys = [active, active, ...fill(count, { ...KEY, isActive: false })]
      const rest = { limit: 2, token: 't', now: NOW, isRevoked: false, lately: null }
      return keysPage(view(), { keys, ...rest })
    },
  ],
]

it.each(PAGES)('a list of %s that is full says that there may be more', async (_, most, make) => {
  const sentence = `Only the latest ${most} are shown.`
  expect(await make(most).text()).toContain(sentence)
  expect(await make(most - 1).text()).not.toContain('Only the latest')
})
