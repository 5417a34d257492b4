/** Cases about what the gateway cannot do yet. An entry goes when its feature comes. */

/** Id, or the start of ids → why. */
const NOT_YET: Readonly<Record<string, string>> = {}

/** Why a case is not run, or undefined. */
export function notYet(id: string): string | undefined {
  return Object.entries(NOT_YET).find(([start]) => id.startsWith(start))?.[1]
}
