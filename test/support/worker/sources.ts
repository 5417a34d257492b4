/** The texts of all source files, for tests that hold rules of the code. */

declare global {
  interface ImportMeta {
    glob(pattern: string | string[], options: object): Record<string, string>
  }
}

const texts = import.meta.glob(
  [
    '../../../{src,payments,heartbeat,cli,dev,demo,bench,test}/**/*.{ts,tsx,mjs}',
    '../../../*.config.ts',
  ],
  { query: '?raw', import: 'default', eager: true },
)

/** Path from the root of the repository → text. */
export const sources: ReadonlyMap<string, string> = new Map(
  Object.entries(texts).map(([path, text]) => [
    new URL(path, 'file:///test/support/worker/').pathname.slice(1),
    text,
  ]),
)
