/** A person with a mailbox who uses the dashboard in a real browser. */
import type { Page } from 'playwright-core'
import type { Locale } from '../../../src/lib/locale.ts'
import { CREATED_KEY } from '../../../src/pages/words/createdKey.ts'
import { KEYS } from '../../../src/pages/words/keys.ts'
import { SIGN_IN } from '../../../src/pages/words/signIn.ts'
import type { Facts } from './dev.ts'

/** The latest mail to an address: its link and its code. */
async function mailTo(mailbox: string, email: string): Promise<{ link: string; code: string }> {
  const answer = await fetch(`${mailbox}?email=${encodeURIComponent(email)}`)
  const { text } = (await answer.json()) as { text: string }
  const code = /^[0-9A-Z]{4}-[0-9A-Z]{4}$/m.exec(text)?.[0] ?? ''
  return { link: /http:\S+/.exec(text)?.[0] ?? '', code }
}

/** Signs in on the page that asks for it, by the mail's link or by its code. */
export async function signIn(
  page: Page,
  { mailbox }: Pick<Facts, 'mailbox'>,
  email: string,
  { by, locale = 'en' }: { by: 'link' | 'code'; locale?: Locale },
): Promise<void> {
  await page.getByLabel(SIGN_IN.email[locale]).fill(email)
  await page.getByRole('button', { name: SIGN_IN.send[locale] }).click()
  await page.getByRole('heading', { name: SIGN_IN.sentTitle[locale] }).waitFor()
  const { link, code } = await mailTo(mailbox, email)
  if (by === 'link') await page.goto(link)
  else await page.getByLabel(SIGN_IN.code[locale], { exact: true }).fill(code)
  await page.getByRole('button', { name: SIGN_IN.title[locale], exact: true }).click()
}

/** Creates a key on the page of keys, and returns what the next page shows of it. */
export async function createKey(
  page: Page,
  name: string,
  locale: Locale = 'en',
): Promise<{ key: string; curl: string; node: string; python: string }> {
  await page.getByLabel(KEYS.name[locale], { exact: true }).fill(name)
  await page.getByRole('button', { name: KEYS.create[locale] }).click()
  await page.getByRole('heading', { name: CREATED_KEY.title[locale] }).waitFor()
  const text = (id: string) => page.locator(`#${id}`).innerText()
  return {
    key: await text('key'),
    curl: await text('curl'),
    node: await text('node'),
    python: await text('python'),
  }
}
