/** The rules of style that no linter has: each finds the places in a file that break it. */

const MAX_COLUMNS = 100

/**
 * The words that no sentence may begin with, because the noun that the sentence is about is
 * missing.
 */
const HEADLESS = /^(?:Who|What|Whoever|Whatever|Those|Nobody|Of)\b/

/** Lines that the formatter cannot break. */
const IMPORT = /^(?:import|export)\b.*\bfrom '/
const REGULAR_EXPRESSION = /^\s*\/(?![/*]).*\/[a-z]*,?$/

const STRING_OR_COMMENT =
  /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g

/**
 * A text with its strings emptied, line breaks kept, so that what is left are code and comments.
 */
function withoutStrings(text: string): string {
  return text.replace(STRING_OR_COMMENT, (found) =>
    found.startsWith('/') ? found : `''${found.replace(/[^\n]/g, '')}`,
  )
}

/** A text without its comments. */
function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (found) => (found.startsWith('/') ? '' : found))
}

/** Every comment as one text without its marks; lines of `//` below each other are one comment. */
export function commentsOf(text: string): string[] {
  const blocks = [...text.matchAll(/^[ \t]*\/\*\*?([\s\S]*?)\*\//gm)].map(([, body = '']) =>
    body.replace(/^[ \t]*\*[ \t]?/gm, ''),
  )
  const lines = [...text.matchAll(/(?:^[ \t]*\/\/.*\n?)+/gm)].map(([found]) =>
    found.replace(/^[ \t]*\/\/[ \t]?/gm, ''),
  )
  const trailing = [...withoutStrings(text).matchAll(/\S[ \t]+\/\/[ \t]+(.*)$/gm)].map(
    ([, body = '']) => body,
  )
  return [...blocks, ...lines, ...trailing].map((body) => body.trim())
}

/** The sentences of comments that begin with a headless word. A question may. */
export function headlessSentences(text: string): string[] {
  const paragraphs = commentsOf(text).flatMap((body) => body.split(/\n\s*\n|\n(?=\s*[-*] )/))
  const sentences = paragraphs.flatMap((paragraph) =>
    paragraph
      .replace(/^\s*[-*] /, '')
      .replace(/\s+/g, ' ')
      .split(/(?<=[.!?]) (?=\S)/),
  )
  return sentences
    .map((sentence) => sentence.trim())
    .filter((sentence) => HEADLESS.test(sentence) && !sentence.endsWith('?'))
}

/** Spreads of an object or an array that is written out: its members can stand there themselves. */
export function layoutSpreads(text: string): string[] {
  const code = withoutStrings(withoutComments(text))
  return [...code.matchAll(/\.\.\.\s*[{[]/g)].flatMap(({ 0: mark, index }) => {
    const end = endOfBracket(code, index + mark.length - 1)
    return /^\s*[,}\])]/.test(code.slice(end)) ? [code.slice(index, end)] : []
  })
}

/** The index behind the bracket that closes the bracket at `start`. */
function endOfBracket(code: string, start: number): number {
  let depth = 0
  for (let i = start; i < code.length; i++) {
    const char = code[i] ?? ''
    if ('{[('.includes(char)) depth += 1
    if ('}])'.includes(char)) depth -= 1
    if (depth === 0) return i + 1
  }
  return code.length
}

/**
 * The lines that are too long without their strings. Lines with a URL and imports may be longer.
 */
export function longLines(text: string): string[] {
  const bare = withoutStrings(text).split('\n')
  return text.split('\n').filter((line, i) => {
    if (line.length <= MAX_COLUMNS || (bare[i] ?? '').length <= MAX_COLUMNS) return false
    return ![/https?:\/\//, IMPORT, REGULAR_EXPRESSION].some((form) => form.test(line))
  })
}

/** The names that a file exports, types and values together, without the default export. */
export function exportedNames(text: string): string[] {
  const code = withoutComments(text)
  const declared = code.matchAll(
    /^export (?:declare |abstract |async )*(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm,
  )
  const listed = [...code.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list.split(',').map((item) => item.trim().split(/\s+/).at(-1) ?? ''),
  )
  const names = [...[...declared].map(([, name = '']) => name), ...listed]
  return [...new Set(names)].filter((name) => name !== '')
}

/** Names that more than one file exports, each with its files. */
export function sharedNames(files: ReadonlyMap<string, string>): string[] {
  const filesOf = new Map<string, string[]>()
  for (const [path, text] of files) {
    for (const name of exportedNames(text)) {
      filesOf.set(name, [...(filesOf.get(name) ?? []), path])
    }
  }
  return [...filesOf]
    .filter(([, paths]) => paths.length > 1)
    .map(([name, paths]) => `${name}: ${paths.join(', ')}`)
}
