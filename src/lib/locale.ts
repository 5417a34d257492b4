/** The languages of pages and mails, and the form of their texts. */

export const LOCALES = ['en', 'tr', 'es'] as const
export type Locale = (typeof LOCALES)[number]

/** One text in every language. `{name}` stands for a value. */
export type Sentence = Readonly<Record<Locale, string>>

/** A text of a config: one for every language, or in English with translations. */
export type OwnText = string | Readonly<{ en: string } & { [Name in Locale]?: string | undefined }>

/** An own text in a language; in English if it has no translation. */
export function textIn(text: OwnText, locale: Locale): string {
  return typeof text === 'string' ? text : (text[locale] ?? text.en)
}

/** A text about `{count}` things, in its two forms of number. */
export type CountedSentence = Readonly<Record<Locale, Readonly<{ one: string; other: string }>>>

/** Whether a text is the name of one of the languages. */
export function isLocale(text: string): text is Locale {
  return LOCALES.some((locale) => locale === text)
}
