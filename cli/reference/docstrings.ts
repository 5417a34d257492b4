/** Reads the sentences about fields from the interfaces of the config file. */
import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = new URL('../../src/config/', import.meta.url)

interface Member {
  says: string
  /** The text of the type, on the member's own line. */
  type: string
}

/** "Interface.member" or "Interface.member.member" → the member. */
type Members = ReadonlyMap<string, Member>

/** The members of every interface in a source text. A type's own sentences are at its name. */
export function membersOf(source: string): Members {
  const members = new Map<string, Member>()
  const path: string[] = []
  let says = ''
  for (const [, doc, line = ''] of source.matchAll(/^ *\/\*\*(.*?)\*\/$|^([^\n]*)$/gms)) {
    if (doc !== undefined) {
      says = doc.replace(/^\s*\* ?/gm, '').trim()
      continue
    }
    const [, named] = /^export (?:interface|type) (\w+)/.exec(line) ?? []
    const [, member, type = ''] = /^\s+(\w+)\??: (.*)$/.exec(line) ?? []
    if (named !== undefined) {
      members.set(named, { says, type: '' })
      path.splice(0, path.length, ...(line.endsWith('{') ? [named] : []))
    } else if (member !== undefined && path.length > 0) {
      const name = [...path, member].join('.')
      if (!members.has(name)) members.set(name, { says, type })
      if (type === '{') path.push(member)
    } else if (/^\s*\}/.test(line)) path.pop()
    if (line.trim() !== '') says = ''
  }
  return members
}

/** A function from a field's path to its sentences; "" if it has none. */
export function docstrings(): (path: string) => string {
  const files = readdirSync(FOLDER).filter((name) => /^file\.ts$|File\.ts$/.test(name))
  const members = membersOf(
    files.map((name) => readFileSync(new URL(name, FOLDER), 'utf8')).join('\n'),
  )
  return (path) => {
    let at = 'ConfigFile'
    let found: Member | undefined
    for (const step of path.replaceAll('[]', '').replaceAll('.NAME', '').split('.')) {
      found = members.get(`${at}.${step}`)
      const [reference] = /\b[A-Z]\w+(?:Config|Policy)\b/.exec(found?.type ?? '') ?? []
      at = reference ?? `${at}.${step}`
    }
    return found?.says || members.get(at)?.says || ''
  }
}
