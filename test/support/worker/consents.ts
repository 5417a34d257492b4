/** The facts that consent pages of tests show. */
import type { Consent } from '../../../src/pages/consent.tsx'

export const CONSENT: Consent = {
  clientName: 'Claude',
  redirectHost: 'claude.ai',
  isLoopback: false,
  scopes: [{ name: 'mcp:tools', words: 'Use the tools of this account' }],
  resource: 'https://xquik.com/mcp',
  lasts: 'Until it has not been used for 30 days, or until you end it',
  endedAt: 'https://xquik.com/dashboard/apps',
  email: 'nina@example.com',
  requestToken: 'a'.repeat(64),
}

/** A consent whose texts are a stranger's. */
export const HOSTILE_CONSENT: Consent = {
  ...CONSENT,
  clientName: `Your bank\u202e evil\u0000<script>alert(1)</script> ${'W'.repeat(300)}`,
  clientHost: `${'accounts.your-bank.example.'.repeat(9)}evil.test`,
  redirectHost: 'localhost:11111',
  isLoopback: true,
  resource: `https://xquik.com/${'mcp'.repeat(60)}`,
  email: `${'n'.repeat(60)}@${'example'.repeat(20)}.com`,
}
