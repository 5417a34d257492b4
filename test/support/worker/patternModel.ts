/** The model of route patterns that the path index is checked against: one pattern, one path. */
import type { Pattern } from '../../../src/config/pattern.ts'

/** Whether a pattern matches a path's segments. A last "*" matches its parent and all below. */
export function matches(
  { segments: named }: Pick<Pattern, 'segments'>,
  segments: readonly string[],
): boolean {
  const wild = named.at(-1) === '*'
  const fixed = wild ? named.length - 1 : named.length
  if (wild ? segments.length < fixed : segments.length !== fixed) return false
  for (let i = 0; i < fixed; i++) {
    const segment = named[i] ?? ''
    const given = segments[i] ?? ''
    if (segment !== given && !(segment.startsWith(':') && given !== '')) return false
  }
  return true
}
