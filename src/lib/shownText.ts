/** Makes text that clients and callers wrote safe to show on our own pages. */

/** Characters that look blank or invisible although Unicode counts them as letters or symbols. */
const BLANK_LETTERS = /[\u115f\u1160\u2800\u3164\uffa0]/gu

/**
 * Control, bidirectional, invisible and unassigned characters, line separators, and the blank
 * letters among the default-ignorable ones.
 */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/** Whether a text has a character that cannot be seen, other than a blank. */
export const hasInvisible = (text: string): boolean => INVISIBLE.test(text)

/**
 * The text on one line, without control, bidirectional, invisible and unassigned characters, at
 * most `maxLength` code points long; "…" marks a cut. The result may be empty. Markup is not
 * escaped: the page does that.
 */
export function shownText(text: string, maxLength: number): string {
  const plain = text
    // Bounds the work, and leaves enough for the characters that are kept.
    .slice(0, maxLength * 8)
    .replace(BLANK_LETTERS, ' ')
    .replace(/[\t-\r\p{Z}]/gu, ' ')
    .replace(/\p{C}/gu, '')
    .normalize('NFC')
    // A pile of combining marks would cover the lines around it.
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/ +/g, ' ')
    .trim()
  const points = [...plain]
  return points.length <= maxLength ? plain : `${points.slice(0, maxLength - 1).join('')}…`
}
