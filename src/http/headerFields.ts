/** Header fields as data. Stages read them often, and a native `Headers` is slower to ask. */

/** Header fields by lower-case name: a list of them, or a map. */
export interface HeaderFields {
  get(name: string): string | undefined
  has(name: string): boolean
  forEach(use: (value: string, name: string) => void): void
}

/** A list of more fields is indexed when it is asked. A message usually has 10 to 20. */
const MAX_SEARCHED = 40

/**
 * The fields of a message, read in one walk. A list is searched, because to fill a map costs more
 * than all the questions about one message.
 */
export class HeaderList implements HeaderFields {
  readonly #names: string[] = []
  readonly #values: string[] = []
  #index: Map<string, string> | undefined
  /** The length of all names and values together, in characters. */
  readonly length: number

  /** Reads a native `Headers`, which joins the values of a repeated field with ", ". */
  constructor(native: Headers) {
    const names = this.#names
    const values = this.#values
    let count = 0
    let length = 0
    native.forEach((value, name) => {
      length += name.length + value.length
      names[count] = name
      values[count] = value
      count += 1
    })
    this.length = length
  }

  get(name: string): string | undefined {
    if (this.#names.length > MAX_SEARCHED) return this.#indexed().get(name)
    const at = this.#names.indexOf(name)
    return at < 0 ? undefined : this.#values[at]
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  forEach(use: (value: string, name: string) => void): void {
    const names = this.#names
    const values = this.#values
    for (let at = 0; at < names.length; at++) use(values[at] ?? '', names[at] ?? '')
  }

  /** Takes a field away. */
  delete(name: string): void {
    const at = this.#names.indexOf(name)
    if (at < 0) return
    this.#names.splice(at, 1)
    this.#values.splice(at, 1)
    this.#index = undefined
  }

  #indexed(): Map<string, string> {
    this.#index ??= new Map(this.#names.map((name, at) => [name, this.#values[at] ?? '']))
    return this.#index
  }
}
