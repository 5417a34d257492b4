/** The preferences of callers, by the headers that browsers and programs really send. */
import { describe, expect, it } from 'vitest'
import { preferredLocale, prefersPage } from '../../../src/http/accept.ts'

describe('a page is preferred', () => {
  it.each([
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'text/html',
    'TEXT/HTML; q=0.9, application/json;q=0.8',
    'text/html;charset=utf-8;q=1.0, */*;q=0.1',
    'application/json;q=0, text/html;q=0.5, */*',
  ])('for %j', (accept) => expect(prefersPage(accept)).toBe(true))

  it.each([
    '',
    '*/*',
    'application/json',
    'text/*',
    'text/html, */*',
    'text/html, application/json',
    'text/html;q=0.8, application/json',
    'text/html;q=0.8, application/*',
    'text/html;q=0',
    'text/html;q=2, application/json;q=0.1',
    'xtext/html',
    'text/htmlx',
    `${'a/b,'.repeat(400)}text/html`,
  ])('but not for %j', (accept) => expect(prefersPage(accept)).toBe(false))
})

describe('a language', () => {
  it.each([
    ['tr', 'tr'],
    ['tr-TR,tr;q=0.9,en-US;q=0.8,en;q=0.7', 'tr'],
    ['es-419,es;q=0.9', 'es'],
    ['de-DE,de;q=0.9,es;q=0.5,en;q=0.4', 'es'],
    ['EN-gb', 'en'],
    ['en;q=0.1, tr;q=0.2', 'tr'],
    ['de', null],
    ['', null],
    ['*', null],
    ['trx', null],
    ['tr;q=0', null],
    [`${'de,'.repeat(400)}tr`, null],
  ])('of %j is %s', (header, locale) => expect(preferredLocale(header)).toBe(locale))
})
