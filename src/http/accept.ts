/** Reads what a caller prefers: `Accept` and `Accept-Language` (RFC 9110 section 12.5). */
import { LOCALES, type Locale } from '../lib/locale.ts'

/** In characters; what is behind them is not read. */
const MAX_LENGTH = 1_024
const MAX_ITEMS = 32

/** The items of a list, in lower case, each with its weight from 0 to 1. */
function weighted(header: string): { name: string; weight: number }[] {
  const items = header.slice(0, MAX_LENGTH).toLowerCase().split(',', MAX_ITEMS)
  return items.map((item) => {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim())
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    if (q === undefined) return { name, weight: 1 }
    return { name, weight: /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0 }
  })
}

/**
 * Whether an `Accept` header asks for a page: it names `text/html`, with a higher weight than JSON
 * has. JSON's weight is that of the most specific range that matches `application/json`.
 */
export function prefersPage(accept: string): boolean {
  if (!/text\/html/i.test(accept)) return false
  const items = weighted(accept)
  const weightOf = (range: string) => items.find(({ name }) => name === range)?.weight
  const page = weightOf('text/html') ?? 0
  const json = weightOf('application/json') ?? weightOf('application/*') ?? weightOf('*/*') ?? 0
  return page > json
}

/** The language of ours that an `Accept-Language` header prefers; null if it names none of them. */
export function preferredLocale(acceptLanguage: string): Locale | null {
  let best: { locale: Locale; weight: number } | null = null
  for (const { name, weight } of weighted(acceptLanguage)) {
    const locale = LOCALES.find((one) => name === one || name.startsWith(`${one}-`))
    if (locale !== undefined && weight > (best?.weight ?? 0)) best = { locale, weight }
  }
  return best?.locale ?? null
}
