/**
 * Every handler beside the route table that takes a POST, as the apps themselves list them: what
 * the page of another site sends with the person's cookie is refused before it does anything.
 */
import { describe, expect, it } from 'vitest'
import { OWN_PATHS } from '../../../src/config/ownPaths.ts'
import { DASHBOARD_PATHS } from '../../../src/pages/dashboard/paths.ts'
import { browserOf, recordingMail } from '../../support/worker/browser.ts'
import {
  clientOf,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { ownHandlers } from '../../support/worker/ownHandlers.ts'
import { seedAccount, seedSession } from '../../support/worker/seed.ts'

const ownerId = await seedAccount()
const shipped = shippedGateway(unlimited)
const google = { clientId: 'id', secretFrom: 'GOOGLE_CLIENT_SECRET', issuer: 'https://issuer.test' }
const config = {
  ...shipped,
  owners: [`${ownerId}@example.com`],
  signIn: shipped.signIn && { ...shipped.signIn, google },
}
const mail = recordingMail()
const client = clientOf(config, {
  ORIGIN: recordingOrigin().binding,
  MAIL: mail.binding,
  GOOGLE_CLIENT_SECRET: 'secret',
})

const owner = browserOf(client, '198.23.0.1')
owner.cookies.set('__Host-session_token', await seedSession(ownerId))

const FIELDS = {
  id: '1',
  token: 'a'.repeat(32),
  name: 'Evil',
  email: 'evil@example.com',
  locale: 'tr',
  request: 'a'.repeat(64),
  decision: 'approve',
  code: 'AB12CD34',
}

describe('a form of another site', () => {
  it('is refused by every handler that takes a form', async () => {
    const refused: string[] = []
    for (const path of ownHandlers(config).forms) {
      const answer = await owner.post(path, FIELDS, { 'sec-fetch-site': 'cross-site' })
      // Documents and pages take no POST.
      if (answer.status === 405) continue
      expect(answer.status, path).toBe(403)
      expect(await answer.text(), path).toMatch(/must come from this site/)
      expect(answer.headers.getSetCookie(), path).toEqual([])
      refused.push(path)
    }
    const {
      keys,
      usage,
      usageCsv,
      apps,
      account,
      accounts,
      audit,
      payments,
      paymentSums,
      ...forms
    } = DASHBOARD_PATHS
    const { signIn, signInLink, signInCode, signInGoogle, signOut, language, authorize } = OWN_PATHS
    const ofSignIn = [signIn, signInLink, signInCode, signInGoogle, signOut, language, authorize]
    expect(refused).toEqual(expect.arrayContaining([...Object.values(forms), ...ofSignIn]))
    expect(mail.sent).toEqual([])
    // The session still lives.
    expect((await owner.get(keys)).status).toBe(200)
  })
})
