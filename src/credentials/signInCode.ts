/**
 * The code in a sign-in mail, for a mail that is read on another device: a person types it into the
 * browser that asked for it.
 */
import { hmacHex } from '../lib/bytes.ts'

/** Letters and digits without vowels, "0", "1" and "Y": no code is a word, and none looks alike. */
const ALPHABET = '23456789BCDFGHJKLMNPQRSTVWXZ'

/** In characters: 28^8 codes are 38 bits, which 5 tries do not dent. */
const CODE_LENGTH = 8

/** The longest text that is read as a code, in characters: room for blanks and dashes. */
const MAX_TYPED_LENGTH = 64

/** Bytes from here on are drawn again, so that no letter comes up more often than another. */
const FAIR_BYTES = 256 - (256 % ALPHABET.length)

/** Returns a new code of 8 random letters, without the dash that people see. */
export function mintCode(): string {
  let code = ''
  while (code.length < CODE_LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(CODE_LENGTH))) {
      if (byte < FAIR_BYTES && code.length < CODE_LENGTH) code += ALPHABET[byte % ALPHABET.length]
    }
  }
  return code
}

/** A code as people see it: "BCDF-2345". */
export function shownCode(code: string): string {
  return `${code.slice(0, CODE_LENGTH / 2)}-${code.slice(CODE_LENGTH / 2)}`
}

/** A typed text → the code, whatever its case, blanks and dashes; or null if it is no code. */
export function readCode(typed: string): string | null {
  if (typed.length > MAX_TYPED_LENGTH) return null
  const code = typed
    .normalize('NFKC')
    .replace(/[\p{Z}\p{Pd}\p{Cf}\t-\r\u2212]/gu, '')
    // Letters of ASCII only, because the capital of another letter can be two.
    .replace(/[a-z]/g, (letter) => letter.toUpperCase())
  if (code.length !== CODE_LENGTH) return null
  return [...code].every((letter) => ALPHABET.includes(letter)) ? code : null
}

/**
 * The keyed hash that a code is stored as. It is bound to the browser that asked, named by the
 * SHA-256 of its id, so that a code is wrong in every other browser.
 */
export function codeHash(key: CryptoKey, browserHash: string, code: string): Promise<string> {
  return hmacHex(key, `sign_in_code ${browserHash} ${code}`)
}
