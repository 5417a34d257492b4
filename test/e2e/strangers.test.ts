/**
 * Strangers reach a person's browser: OAuth clients with hostile names, sign-in links of an
 * attacker, and answers of "Google".
 */
import { createHash } from 'node:crypto'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownerLink } from '../../src/config/ownerLink.ts'
import { startChromium, withAssets } from '../support/node/chromium.ts'
import { signIn } from '../support/node/person.ts'
import { startSignInGateway } from '../support/node/signInGateway.ts'
import { CLIENTS, ISSUER } from '../support/strangerHosts.ts'

let outside: Awaited<ReturnType<typeof startSignInGateway>>
let browser: Browser

beforeAll(async () => {
  outside = await startSignInGateway()
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  await outside?.end()
})

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })

/** A browser on a phone. */
const newContext = async (): Promise<BrowserContext> =>
  withAssets(await browser.newContext({ viewport: { width: 390, height: 800 } }))

/** A browser in which a person with this e-mail address is signed in. */
async function browserOf(email: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await newContext()
  const page = await context.newPage()
  await page.goto(`${outside.gateway}/dashboard/account`)
  await signIn(page, outside, email, { by: 'link' })
  await heading(page, 'Account').waitFor()
  return { context, page }
}

/** Why a page is not inert, as far as Chromium says so: dialogs, errors, breaches of its policy. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(dialog.message())
    void dialog.dismiss()
  })
  return complaints
}

/**
 * A page as it is, whatever its texts are: every element with the names of its attributes, for each
 * entry of a list by itself; the texts with a character that cannot be seen; the width too much.
 */
const lookAt = (page: Page) =>
  page.evaluate(() => {
    const invisible: string[] = []
    const look = (text: string) => {
      if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text.replaceAll('\n', ' '))) invisible.push(text)
    }
    const outline = (root: Element) =>
      [root, ...root.querySelectorAll('*')]
        .map((element) => [element.tagName, ...element.getAttributeNames()].join(' '))
        .join('\n')
    look(document.title)
    for (const element of document.body.querySelectorAll('*')) {
      for (const { value } of element.attributes) look(value)
      for (const node of element.childNodes) if (node.nodeType === 3) look(node.nodeValue ?? '')
    }
    const { scrollWidth, clientWidth } = document.documentElement
    return {
      whole: outline(document.documentElement),
      items: [...document.querySelectorAll('.items > li')].map(outline),
      invisible,
      excessWidth: scrollWidth - clientWidth,
    }
  })

describe('an OAuth client that has registered a hostile name', () => {
  const PLAIN = 'Notes'
  const HOSTILE: Record<string, string> = {
    markup: `"><img src=x onerror=alert(1)></title></style><script>alert(2)</script>`,
    attribute: `' autofocus onfocus=alert(3) style='position:fixed;inset:0`,
    bidi: 'Bank\u202e\u2066gnp.exe\u2069\u200f\u061c\u0000\u2028\u00ad support',
    long: 'W'.repeat(256),
    piled: `Z${'\u0301'.repeat(200)}`,
    template: '{care} {name} $& $1 %3Cb%3E &lt;b&gt;<b>',
  }
  const WAYS: Record<string, (name: string) => Promise<string>> = {
    'by POST': async (name) => {
      const answer = await fetch(`${outside.gateway}/api/oauth/register`, {
        method: 'POST',
        body: JSON.stringify({ client_name: name, redirect_uris: [outside.callback] }),
      })
      expect(answer.status).toBe(201)
      return ((await answer.json()) as { client_id: string }).client_id
    },
    'by a metadata document': async (name) => {
      const path = `/${outside.documents.size}.json`
      const uris = [outside.callback]
      outside.documents.set(path, { client_name: name, redirect_uris: uris })
      return CLIENTS + path
    },
  }

  const VERIFIER = 'v'.repeat(43)

  const authorizationUrl = (clientId: string) => {
    const url = new URL('/api/oauth/authorize', outside.gateway)
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: outside.callback,
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString()
    return url.href
  }

  /** Exchanges the code with which the browser came to the client: only then it is connected. */
  async function connect(page: Page, clientId: string): Promise<void> {
    await page.getByText('back at the client').waitFor()
    const answer = await fetch(`${outside.gateway}/api/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: new URL(page.url()).searchParams.get('code') ?? '',
        redirect_uri: outside.callback,
        client_id: clientId,
        code_verifier: VERIFIER,
      }),
    })
    expect(answer.status).toBe(200)
  }

  it.each(Object.entries(WAYS))(
    '%s is shown as plain text wherever a person meets it',
    async (way, register) => {
      const email = `${way.toLowerCase().replaceAll(' ', '-')}@example.com`
      const stranger = await newContext()
      const signedOut = await stranger.newPage()
      const { context, page } = await browserOf(email)
      const complaints = [complaintsOf(signedOut), complaintsOf(page)]
      const plain = new Map<Page, string>()
      /** Compares a client's page with the same page of the plain client, which comes first. */
      async function expectInert(of: Page, kind: string): Promise<void> {
        const { whole, invisible, excessWidth } = await lookAt(of)
        if (kind === 'plain') plain.set(of, whole)
        expect(whole, kind).toBe(plain.get(of))
        expect({ invisible, excessWidth }, kind).toEqual({ invisible: [], excessWidth: 0 })
      }
      for (const [kind, name] of Object.entries({ plain: PLAIN, ...HOSTILE })) {
        const clientId = await register(name)
        const url = authorizationUrl(clientId)
        // A document is fetched for a person who is signed in only: before, its host is shown.
        if (way === 'by POST' || kind === 'plain') {
          await signedOut.goto(url)
          await heading(signedOut, 'Sign in').waitFor()
          await expectInert(signedOut, kind)
        }
        await page.goto(url)
        await heading(page, 'Allow access to your account?').waitFor()
        await expectInert(page, kind)
        const shown = await page.getByRole('main').locator('strong bdi').first().innerText()
        expect([...shown].length, kind).toBeLessThanOrEqual(64)
        await page.getByRole('button', { name: 'Allow' }).click()
        await connect(page, clientId)
      }
      // The page on which the second mail is asked for names the last client.
      await signIn(signedOut, outside, email, { by: 'code' })
      await heading(signedOut, 'Allow access to your account?').waitFor()
      await page.goto(`${outside.gateway}/dashboard/usage`)
      expect(await lookAt(page)).toMatchObject({ invisible: [], excessWidth: 0 })
      await page.goto(`${outside.gateway}/dashboard/apps`)
      const { items, ...apps } = await lookAt(page)
      expect(apps).toMatchObject({ invisible: [], excessWidth: 0 })
      expect(items).toHaveLength(1 + Object.keys(HOSTILE).length)
      expect(new Set(items).size).toBe(1)
      const names = await page.locator('.items h2').allInnerTexts()
      expect(names).toContain(PLAIN)
      expect(names.join()).toContain('<img src=x onerror=alert(1)>')
      await page.getByRole('button', { name: /onerror/ }).click()
      await page.getByRole('status').waitFor()
      expect(await page.locator('.items > li').count()).toBe(items.length - 1)
      expect(complaints).toEqual([[], []])
      await Promise.all([stranger.close(), context.close()])

      const mails = outside.mails.filter(({ to }) => to === email)
      expect(mails.length).toBeGreaterThanOrEqual(2)
      for (const { subject, text, html } of mails)
        expect(subject + text + html).not.toMatch(/alert\(|onerror|onfocus|gnp|W{9}|\u202e|\u0301/)
    },
  )
})

/** The cookies by which a browser is signed in, or could be with a link. */
const cookiesOf = async (context: BrowserContext) =>
  Object.fromEntries((await context.cookies()).map(({ name, value }) => [name, value]))

/** The e-mail address that the sign-in page says is signed in; null if it shows its form. */
async function signedInAs(page: Page): Promise<string | null> {
  await page.goto(`${outside.gateway}/sign-in`)
  const account = page.getByRole('main').getByText('Your account:')
  return (await account.count()) === 0 ? null : account.locator('strong').innerText()
}

describe('an attacker', () => {
  const ATTACKER = 'attacker@example.com'

  /** The link and the code of a mail that the attacker has asked for in a browser of their own. */
  async function attackersMail(): Promise<{ link: string; token: string; code: string }> {
    outside.mails.length = 0
    await fetch(`${outside.gateway}/sign-in`, {
      method: 'POST',
      body: new URLSearchParams({ email: ATTACKER }),
    })
    const mail = await fetch(`${outside.mailbox}?email=${ATTACKER}`)
    const { text } = (await mail.json()) as { text: string }
    const link = /http:\S+/.exec(text)?.[0] ?? ''
    const code = /^[0-9A-Z]{4}-[0-9A-Z]{4}$/m.exec(text)?.[0] ?? ''
    return { link, code, token: new URL(link).searchParams.get('token') ?? '' }
  }

  const VICTIMS: Record<string, () => Promise<{ context: BrowserContext; page: Page }>> = {
    'is signed out': async () => {
      const context = await newContext()
      return { context, page: await context.newPage() }
    },
    'waits for a mail of their own': async () => {
      const context = await newContext()
      const page = await context.newPage()
      await page.goto(`${outside.gateway}/sign-in`)
      await page.getByLabel('E-mail').fill('waiting@example.com')
      await page.getByRole('button', { name: 'Send the link' }).click()
      await heading(page, 'Check your mail').waitFor()
      return { context, page }
    },
    'is signed in': () => browserOf('victim@example.com'),
  }

  it.each(Object.entries(VICTIMS))(
    'signs nobody in to the account of the attacker by a link, an image or a form: a person who %s',
    async (victim, start) => {
      const { context, page } = await start()
      const { link, token, code } = await attackersMail()
      const before = await cookiesOf(context)
      const person = victim === 'is signed in' ? 'victim@example.com' : null
      const form = (path: string, fields: Record<string, string>) =>
        `<form method="post" action="${outside.gateway}${path}">${Object.entries(fields)
          .map(([name, value]) => `<input name="${name}" value="${value}">`)
          .join('')}<button>Win</button></form>`
      const press = () => page.getByRole('button', { name: 'Win' }).click()

      const loads = page.waitForResponse((response) => response.url() === link)
      await page.goto(outside.attackersPage(`<img src="${link}"><iframe src="${link}"></iframe>`))
      await loads
      await page.goto(outside.attackersPage(`<a href="${link}">Win</a>`))
      await page.getByRole('link', { name: 'Win' }).click()
      await heading(page, 'This link is for another browser').waitFor()
      expect(await page.locator(`form[action="/sign-in/link"]`).count()).toBe(0)
      for (const [path, fields] of [
        ['/sign-in/link', { token }],
        ['/sign-in/code', { code }],
        ['/sign-in', { email: ATTACKER }],
        ['/sign-in/google', { return: '/dashboard' }],
      ] as const) {
        await page.goto(outside.attackersPage(form(path, { ...fields })))
        await press()
        await page.getByText('must come from this site').waitFor()
      }
      expect(await cookiesOf(context)).toEqual(before)
      expect(await signedInAs(page)).toBe(person)
      // Even with a code that the attacker has told to the person.
      if (victim !== 'waits for a mail of their own') return
      await page.goto(`${outside.gateway}/sign-in/code`)
      await page.getByLabel('Code', { exact: true }).fill(code)
      await page.keyboard.press('Enter')
      await page.getByText('This is not the code').waitFor()
      expect(await signedInAs(page)).toBe(person)
    },
  )

  it('who is an owner signs nobody in by a link for any browser: its page says for whom it is', async () => {
    const { context, page } = await browserOf('tricked@example.com')
    const before = await cookiesOf(context)
    const { url, sql } = await ownerLink(outside.gateway, 'boss@example.com', Date.now())
    for (const statement of sql.split('; ')) await outside.workers.database.prepare(statement).run()
    const { searchParams } = new URL(url)
    await page.goto(outside.attackersPage(`<a href="${url}">Win</a>`))
    await page.getByRole('link', { name: 'Win' }).click()
    await heading(page, 'Is this you?').waitFor()
    expect(await page.getByRole('main').innerText()).toContain('boss@example.com')
    const form = `<form method="post" action="${outside.gateway}/sign-in/link">
      <input name="token" value="${searchParams.get('token')}"><button>Win</button></form>`
    await page.goto(outside.attackersPage(form))
    await page.getByRole('button', { name: 'Win' }).click()
    await page.getByText('must come from this site').waitFor()
    expect(await signedInAs(page)).toBe('tricked@example.com')
    expect(await cookiesOf(context)).toMatchObject(before)
    await context.close()
  })

  it('who has planted a session does not share the one that the person signs in to', async () => {
    const own = await browserOf(ATTACKER)
    const planted = (await own.context.cookies()).filter(({ name }) => name === 'session_token')
    const victim = await newContext()
    await victim.addCookies(planted)
    const page = await victim.newPage()
    // The page says whose account it is, and the person's own comes by signing in only.
    expect(await signedInAs(page)).toBe(ATTACKER)
    await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click()
    await victim.addCookies(planted)
    await page.goto(`${outside.gateway}/sign-in`)
    await signIn(page, outside, 'fixed@example.com', { by: 'code' })
    await heading(page, 'API keys').waitFor()
    const session = (await cookiesOf(victim)).session_token
    expect(session).not.toBe(planted[0]?.value)
    expect(await signedInAs(page)).toBe('fixed@example.com')
    expect(await signedInAs(own.page)).toBe(null)
    await Promise.all([own.context.close(), victim.close()])
  })
})

describe('signing in with Google', () => {
  /** A browser at the sign-in page, for which the issuer is there. */
  async function atSignIn(): Promise<{ context: BrowserContext; page: Page }> {
    const context = await outside.withIssuer(await newContext())
    const page = await context.newPage()
    await page.goto(`${outside.gateway}/sign-in?return=${encodeURIComponent('/dashboard/usage')}`)
    return { context, page }
  }
  const pressGoogle = (page: Page) =>
    page.getByRole('button', { name: 'Sign in with Google' }).click()

  it('leads from the button to the page that the person came for, as this person', async () => {
    outside.issuer.state.person = { sub: '1', email: 'nina@gmail.com', email_verified: true }
    const { context, page } = await atSignIn()
    await pressGoogle(page)
    await heading(page, 'Usage').waitFor()
    expect(await page.getByRole('banner').innerText()).toContain('nina@gmail.com')
    await context.close()
  })

  it('refuses an e-mail address that Google has not verified, with a page and another way', async () => {
    const unverified = { sub: '2', email: 'nina@gmail.com', email_verified: false }
    outside.issuer.state.person = unverified
    const { context, page } = await atSignIn()
    await pressGoogle(page)
    await heading(page, 'You cannot sign in with Google').waitFor()
    expect(await context.cookies()).not.toContainEqual(
      expect.objectContaining({ name: 'session_token' }),
    )
    await page.getByRole('link', { name: 'Sign in another way' }).click()
    await heading(page, 'Sign in').waitFor()
    expect(await page.locator('input[name=return]').first().inputValue()).toBe('/dashboard/usage')
    await context.close()
  })

  it('refuses an answer that was used before, or that is for another browser, with a page', async () => {
    outside.issuer.state.person = { sub: '3', email: 'rosa@gmail.com', email_verified: true }
    const { context, page } = await atSignIn()
    // The answer of the issuer is kept back, and tried in another person's browser first.
    let url = ''
    await context.route(`${ISSUER}/**`, (route) => {
      url = outside.issuer.authorize(route.request().url())
      return route.fulfill({ body: 'one moment' })
    })
    await pressGoogle(page)
    await page.getByText('one moment').waitFor()
    const victim = await browserOf('mark@example.com')
    await victim.page.goto(outside.attackersPage(`<a href="${url}">Win</a>`))
    await victim.page.getByRole('link', { name: 'Win' }).click()
    await heading(victim.page, 'You are not signed in').waitFor()
    expect(await signedInAs(victim.page)).toBe('mark@example.com')

    await page.goto(url)
    await heading(page, 'Usage').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await heading(page, 'Sign in').waitFor()
    await page.goto(url)
    await heading(page, 'You are not signed in').waitFor()
    expect(await signedInAs(page)).toBe(null)
    await Promise.all([context.close(), victim.context.close()])
  })
})
