/** The shared cases call sign-in and sign-out by neutral names; these are ours. */

/** A request target with our names in it. */
export function ownTarget(target: string): string {
  return target
    .replace(/^\/login(?=\?|$)/, '/sign-in')
    .replace(/^\/logout(?=\?|$)/, '/sign-out')
    .replace(/^(\/sign-in\?)next=/, '$1return=')
}
