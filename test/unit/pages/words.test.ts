/** The catalogue: complete in every language, used, and said with the values that it names. */
import { describe, expect, it } from 'vitest'
import { Problem, type ProblemCode } from '../../../src/http/problem.ts'
import { type CountedSentence, LOCALES, type Sentence } from '../../../src/lib/locale.ts'
import { shownAmount } from '../../../src/pages/dashboard/paymentTable.tsx'
import { PROBLEM_SENTENCES } from '../../../src/pages/words/problemSentences.ts'
import { catalogue, filled, wordsIn } from '../../../src/pages/words.ts'
import { sources } from '../../support/worker/sources.ts'

const modules = import.meta.glob('../../../src/pages/words/*.ts', {
  eager: true,
}) as unknown as Record<string, Record<string, unknown>>

type Entry = Sentence | CountedSentence

/** Whether a value of a module is a part of the catalogue: all of its members are sentences. */
const isPart = (value: unknown): value is Record<string, Entry> =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every(
    (entry) => typeof entry === 'object' && LOCALES.every((l) => l in entry),
  )

/** Every sentence, with the name of its part and its own. */
const sentences = Object.values(modules).flatMap((module) =>
  Object.entries(module).flatMap(([part, value]) =>
    isPart(value) && !part.startsWith('PROBLEM_TITLES')
      ? Object.entries(value).map(([name, entry]) => ({ part, name, entry }))
      : [],
  ),
)

const textsOf = (entry: Entry) =>
  LOCALES.flatMap((locale) => {
    const text = entry[locale]
    return typeof text === 'string' ? [text] : [text.one, text.other]
  })
const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

describe('every sentence', () => {
  it('is there to look at', () => {
    expect(sentences.length).toBeGreaterThan(80)
  })

  it('has a text in every language, which names the same values', () => {
    for (const { part, name, entry } of sentences) {
      const texts = textsOf(entry)
      for (const text of texts) {
        expect(text.trim(), `${part}.${name}`).not.toBe('')
        expect(namesIn(text), `${part}.${name}`).toEqual(namesIn(texts[0] ?? ''))
      }
    }
  })

  it('is used by a page, a mail or an endpoint', () => {
    const code = [...sources].flatMap(([path, text]) => (/^src\//.test(path) ? [text] : [])).join()
    const unused = sentences.filter(({ part, name }) => {
      const own = new RegExp(`\\b${part}(?:\\.${name}\\b|\\[)`)
      return !own.test(code)
    })
    expect(unused.map(({ part, name }) => `${part}.${name}`)).toEqual([])
  })
})

it('every error has its sentence in all languages', () => {
  for (const [code, texts] of Object.entries(PROBLEM_SENTENCES)) {
    expect(new Problem(code as ProblemCode).message).not.toBe('')
    for (const text of Object.values(texts)) expect(text.trim(), code).not.toBe('')
  }
})

describe('words', () => {
  const SAMPLE = catalogue({
    of: { en: '{a} of {b}', tr: '{b} içinden {a}', es: '{a} de {b}' },
    calls: {
      en: { one: '{count} call', other: '{count} calls' },
      tr: { one: '{count} çağrı', other: '{count} çağrı' },
      es: { one: '{count} llamada', other: '{count} llamadas' },
    },
  })

  it('are in the order of their language, and values are not read again', () => {
    expect(wordsIn('tr').say(SAMPLE.of, { a: '{b}', b: 2 })).toBe('2 içinden {b}')
    expect(filled(SAMPLE.of, { a: 1, b: 2 })).toEqual({
      en: '1 of 2',
      tr: '2 içinden 1',
      es: '1 de 2',
    })
  })

  it.each([
    ['en', '1 call', '1,200 calls', '15 minutes', '2 minutes ago'],
    ['tr', '1 çağrı', '1.200 çağrı', '15 dakika', '2 dakika önce'],
    ['es', '1 llamada', '1200 llamadas', '15 minutos', 'hace 2 minutos'],
  ] as const)('count, and say durations, in %s', (locale, one, many, duration, ago) => {
    const words = wordsIn(locale)
    expect(words.count(SAMPLE.calls, 1)).toBe(one)
    expect(words.count(SAMPLE.calls, 1_200)).toBe(many)
    expect(words.duration(900_000)).toBe(duration)
    expect(words.ago(0, 125_000)).toBe(ago)
  })

  it.each([
    ['en', '$0.00015', '1.500000'],
    ['tr', '$0,00015', '1,500000'],
    ['es', '$0,00015', '1,500000'],
  ] as const)(
    'write decimals as %s does, so that none reads as thousands',
    (locale, price, sum) => {
      expect(wordsIn(locale).decimal('$0.00015')).toBe(price)
      const of = new Map([['0x1', 6]])
      expect(shownAmount(wordsIn(locale), 1_500_000n, '0x1', of)).toBe(sum)
    },
  )

  it('say how many times 24 hours ago a time was, because 30 hours ago may be no yesterday', () => {
    const agos = LOCALES.map((locale) => wordsIn(locale).ago(0, 30 * 3_600_000))
    expect(agos).toEqual(['1 day ago', '1 gün önce', 'hace 1 día'])
    expect(LOCALES.map((locale) => wordsIn(locale).ago(0, 999))).toEqual(['now', 'şimdi', 'ahora'])
  })

  it('say that the decimals of a currency are not known, in every language', () => {
    const sums = LOCALES.map((locale) => shownAmount(wordsIn(locale), -15n, '0x2', new Map()))
    expect(sums).toEqual(['-15 smallest units', '-15 en küçük birim', '-15 unidades mínimas'])
  })

  it('say times in every language', () => {
    const at = Date.UTC(2026, 10, 27, 17, 50)
    expect(wordsIn('en').time(at)).toMatch(/^Nov 27, 2026, 5:50.PM UTC$/)
    expect(wordsIn('tr').time(at)).toMatch(/^27 Kas 2026.* 17:50 UTC$/)
    expect(wordsIn('es').time(at)).toMatch(/^27 nov 2026.* 17:50 UTC$/)
  })
})
