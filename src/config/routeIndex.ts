/** Finds what is registered for a path: a trie of path segments. */
import type { Pattern } from './pattern.ts'

interface Node<T> {
  literals: Map<string, Node<T>>
  parameter: Node<T> | null
  /** Values of patterns that end here. */
  exact: T[]
  /** Values of patterns that end here in "*": they take this path and everything below it. */
  wild: T[]
}

const emptyNode = <T>(): Node<T> => ({ literals: new Map(), parameter: null, exact: [], wild: [] })

export interface PathIndex<T> {
  add(segments: Pattern['segments'], value: T): void
  /**
   * The values of every pattern that names a path's segments, the most specific pattern first (`bySpecificity`);
   * those of one pattern in the order in which they were added. The time depends on the path, not on how many
   * patterns there are.
   */
  at(segments: readonly string[]): T[]
}

/** The segments of a path that begins with "/"; "/" itself has none. */
export function segmentsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/')
}

/** An empty index. */
export function createPathIndex<T>(): PathIndex<T> {
  const root = emptyNode<T>()

  function collect(node: Node<T>, given: readonly string[], at: number, found: T[]): void {
    const segment = given[at]
    if (segment === undefined) found.push(...node.exact)
    else {
      const literal = node.literals.get(segment)
      if (literal !== undefined) collect(literal, given, at + 1, found)
      if (node.parameter !== null && segment !== '') collect(node.parameter, given, at + 1, found)
    }
    found.push(...node.wild)
  }

  return {
    add(segments, value) {
      let node = root
      for (const segment of segments) {
        if (segment === '*') {
          node.wild.push(value)
          return
        }
        if (segment.startsWith(':')) {
          node.parameter ??= emptyNode()
          node = node.parameter
        } else {
          const next = node.literals.get(segment) ?? emptyNode()
          node.literals.set(segment, next)
          node = next
        }
      }
      node.exact.push(value)
    },
    at(segments) {
      const found: T[] = []
      collect(root, segments, 0, found)
      return found
    },
  }
}
