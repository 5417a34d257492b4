/** Other people's text, made fit to be shown among ours. */

/** Characters that look like a space or like nothing, but are neither for Unicode. */
const BLANK_LETTERS = /[\u115f\u1160\u2800\u3164\uffa0]/gu

/**
 * Text on one line, without control, bidirectional, invisible and unassigned characters, of at most
 * `maxLength` code points; a cut is marked with "…". May be empty. Markup is left to the page to escape.
 */
export function shownText(text: string, maxLength: number): string {
  const plain = text
    // Enough for what is kept, and a bound on the work.
    .slice(0, maxLength * 8)
    .replace(BLANK_LETTERS, ' ')
    .replace(/[\t-\r\p{Z}]/gu, ' ')
    .replace(/\p{C}/gu, '')
    .normalize('NFC')
    // A pile of marks would run over the lines around it.
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/ +/g, ' ')
    .trim()
  const points = [...plain]
  return points.length <= maxLength ? plain : `${points.slice(0, maxLength - 1).join('')}…`
}
