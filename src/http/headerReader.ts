/** Request headers by lower-case name: a native `Headers`, or a map of them. */
export interface HeaderReader {
  get(name: string): string | null | undefined
}
