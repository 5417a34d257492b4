/** Returns the length that a `Content-Length` declares, or null if it declares none that counts. */
export const lengthIn = (header: string | null | undefined): number | null =>
  header != null && /^[0-9]{1,15}$/.test(header) ? Number(header) : null
