/** Finds the values that are registered for a path, in a trie of path segments. */
import type { Pattern } from './pattern.ts'

interface Node<T> {
  literals: Map<string, Node<T>>
  parameter: Node<T> | null
  /** The values of patterns that end here. */
  exact: T[]
  /** The values of patterns that end here in "*": they match this path and everything below it. */
  wild: T[]
}

const emptyNode = <T>(): Node<T> => ({ literals: new Map(), parameter: null, exact: [], wild: [] })

/** An index of values by path pattern. */
export interface PathIndex<T> {
  /** Registers a value for a pattern. A pattern may have several values. */
  add(segments: Pattern['segments'], value: T): void
  /**
   * Returns the values of every pattern that matches a path's segments, the most specific pattern
   * first (`bySpecificity`). The values of one pattern are in the order in which they were added.
   * The time depends on the path, not on the number of patterns.
   */
  at(segments: readonly string[]): T[]
}

/** Returns the segments of a path that begins with "/". The path "/" has none. */
export function segmentsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/')
}

function addAll<T>(found: T[], values: readonly T[]): void {
  for (const value of values) found.push(value)
}

/** Returns an empty index. */
export function createPathIndex<T>(): PathIndex<T> {
  const root = emptyNode<T>()

  /** Adds to `found` the values of patterns that match the segments from number `at` on. */
  function collect(node: Node<T>, segments: readonly string[], at: number, found: T[]): void {
    const segment = segments[at]
    if (segment === undefined) addAll(found, node.exact)
    else {
      const literal = node.literals.get(segment)
      if (literal !== undefined) collect(literal, segments, at + 1, found)
      if (node.parameter !== null && segment !== '')
        collect(node.parameter, segments, at + 1, found)
    }
    addAll(found, node.wild)
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
