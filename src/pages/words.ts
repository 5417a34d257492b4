/**
 * Says the sentences of the catalogue (`words/`) in one language. Each sentence stands there once,
 * in all languages side by side, so that the compiler finds a missing one.
 */
import type { Child } from 'hono/jsx'
import { type CountedSentence, LOCALES, type Locale, type Sentence } from '../lib/locale.ts'

/** A part of the catalogue, typed by the values that its English texts name. */
export function catalogue<const T extends Readonly<Record<string, Sentence | CountedSentence>>>(
  sentences: T,
): T {
  return sentences
}

/** The names of the values in a text: "a" and "b" for "{a} of {b}". */
type NamesIn<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never

/** The values that a sentence needs; none if it names none. */
type ValuesOf<S extends Sentence, V> = [NamesIn<S['en']>] extends [never]
  ? []
  : [values: Readonly<Record<NamesIn<S['en']>, V>>]

/** A sentence with its values, in every language. Values are strings, such as names. */
export function filled<const S extends Sentence>(
  sentence: S,
  values: Readonly<Record<NamesIn<S['en']>, string | number>>,
): Sentence {
  const inLocale = (locale: Locale) => [locale, fill(sentence[locale], values)]
  return Object.fromEntries(LOCALES.map(inLocale)) as Record<Locale, string>
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

export type Words = ReturnType<typeof wordsIn>

/** The units of durations, the largest first, in milliseconds. */
const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** The words of one language, and its ways to write numbers and times. */
export function wordsIn(locale: Locale) {
  const number = (value: number) => new Intl.NumberFormat(locale).format(value)
  const decimalSign = number(0.5).slice(1, -1)
  return {
    locale,

    /** A sentence as a string, for titles, attributes and mails. */
    say<S extends Sentence>(sentence: S, ...[values]: ValuesOf<S, string | number>): string {
      return fill(sentence[locale], values ?? {})
    },

    /** A sentence as the content of an element: its values may be elements. */
    show<S extends Sentence>(sentence: S, ...[values]: ValuesOf<S, Child>): Child {
      const parts = sentence[locale].split(/\{(\w+)\}/)
      return parts.map((part, i) => {
        return i % 2 === 0 ? part : ((values as Record<string, Child> | undefined)?.[part] ?? '')
      })
    },

    /** A sentence about a number of things, in the form that the number needs. */
    count(sentence: CountedSentence, count: number): string {
      const form = new Intl.PluralRules(locale).select(count) === 'one' ? 'one' : 'other'
      return sentence[locale][form].replaceAll('{count}', number(count))
    },

    /** Such a sentence as the content of an element: `{name}` may be an element. */
    showCount(sentence: CountedSentence, count: number, name: Child): Child {
      const form = new Intl.PluralRules(locale).select(count) === 'one' ? 'one' : 'other'
      const parts = sentence[locale][form].replaceAll('{count}', number(count)).split('{name}')
      return parts.flatMap((part, i) => (i === 0 ? [part] : [name, part]))
    },

    number,

    /** A decimal without groups: "0.00015" → "0,00015", where the language writes a comma. */
    decimal: (text: string) => text.replace('.', decimalSign),

    /** Epoch milliseconds → "Nov 27, 2026, 5:50 PM UTC", as the language writes it. */
    time(ms: number): string {
      const form = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' } as const
      return `${new Intl.DateTimeFormat(locale, form).format(ms)} UTC`
    },

    /** Epoch milliseconds → "27 Nov 2026", as the language writes it. */
    day(ms: number): string {
      return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(ms)
    },

    /** Epoch milliseconds → "Nov 27, 17:00", as the language writes it. */
    hour(ms: number): string {
      const form = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const
      const zone = { hourCycle: 'h23', timeZone: 'UTC' } as const
      return new Intl.DateTimeFormat(locale, { ...form, ...zone }).format(ms)
    },

    /** Epoch milliseconds → "November 2026", as the language writes it. */
    month(ms: number): string {
      const form = { month: 'long', year: 'numeric', timeZone: 'UTC' } as const
      return new Intl.DateTimeFormat(locale, form).format(ms)
    },

    /** A duration in milliseconds → "15 minutes", in the largest unit that fits, rounded up. */
    duration(ms: number): string {
      const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? UNITS[3]
      const style = { style: 'unit', unit, unitDisplay: 'long' } as const
      return new Intl.NumberFormat(locale, style).format(Math.ceil(ms / size))
    },

    /** How long ago a time was: "3 minutes ago"; both are epoch milliseconds. */
    ago(ms: number, now: number): string {
      const past = Math.max(0, now - ms)
      const [unit, size] = UNITS.find(([, size]) => past >= size) ?? UNITS[3]
      // "now", but never "yesterday": 30 hours ago may be the day before it.
      const numeric = past < 1_000 ? 'auto' : 'always'
      const form = new Intl.RelativeTimeFormat(locale, { numeric })
      return form.format(-Math.floor(past / size), unit)
    },
  }
}
