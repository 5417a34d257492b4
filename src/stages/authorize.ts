/** May they do this? Scopes arrive with tokens; until then who is let in may do all that the row names. */
import type { Stage } from '../context.ts'

export const authorize: Stage = async function authorize(_c, next) {
  await next()
}
