/** Estimates the memory of data, for maps that are bounded by bytes. */

/** The bytes of an object, a list or a member beside its text, as estimated. */
const OBJECT_BYTES = 32
const MEMBER_BYTES = 16
/** Texts with a character beyond Latin-1 take two bytes a character, and all are taken for such. */
const CHARACTER_BYTES = 2

/**
 * Returns the bytes that a value of plain data takes, as estimated from its texts and members. The
 * estimate changes only if a text or the number of members does.
 */
export function estimatedBytes(value: unknown): number {
  if (typeof value === 'string') return MEMBER_BYTES + value.length * CHARACTER_BYTES
  if (typeof value !== 'object' || value === null) return MEMBER_BYTES
  return Object.values(value).reduce<number>(
    (bytes, member) => bytes + estimatedBytes(member),
    OBJECT_BYTES,
  )
}
