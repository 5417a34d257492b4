/** PKCE with S256 (RFC 7636). */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isCodeChallenge, isVerifierOf } from '../../../../src/credentials/oauth/pkce.ts'
import { anyText } from '../../../support/worker/generators.ts'

/** RFC 7636, appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

it('accepts the vector of RFC 7636 appendix B', async () => {
  expect(isCodeChallenge(CHALLENGE)).toBe(true)
  expect(await isVerifierOf(VERIFIER, CHALLENGE)).toBe(true)
})

it('refuses the challenge as verifier, and a verifier with one character changed', async () => {
  expect(await isVerifierOf(CHALLENGE, CHALLENGE)).toBe(false)
  for (let i = 0; i < VERIFIER.length; i++) {
    const other = VERIFIER[i] === 'a' ? 'b' : 'a'
    const changed = VERIFIER.slice(0, i) + other + VERIFIER.slice(i + 1)
    expect(await isVerifierOf(changed, CHALLENGE)).toBe(false)
  }
})

it('never throws, whatever it is given', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, anyText, async (verifier, challenge) => {
      expect(await isVerifierOf(verifier, challenge)).toBe(false)
      if (isCodeChallenge(challenge)) expect(challenge).toHaveLength(43)
    }),
    { numRuns: 2_000 },
  )
})
