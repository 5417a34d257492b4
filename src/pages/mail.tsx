/** The layout of mails: they look like the pages, and say the same as plain text. */
import type { Child } from 'hono/jsx'
import type { Site } from '../config/config.ts'
import { type Shade, shadesOf } from './colour.ts'
import { FRAME } from './words/frame.ts'
import type { Words } from './words.ts'

/** One paragraph of a mail, a paragraph of several lines, a link as a button, or a code to type. */
export type MailPart =
  | string
  | { lines: readonly string[] }
  | { url: string; name: string }
  | { code: string }

/** The site and the language of a mail: a `View` without a request. */
export interface MailView {
  site: Site
  /** The gateway's own URL, where the mail's logo is. */
  publicUrl: string
  words: Words
}

/** A mail's subject, text and HTML. */
export interface WrittenMail {
  subject: string
  text: string
  html: string
}

// Programs that show mail read only styles that stand at the elements themselves.
const BODY = 'margin:0;padding:24px 12px;background:#f5f6f8;color:#15181e'
const SHEET =
  'max-width:480px;margin:0 auto;padding:28px;background:#ffffff;border:1px solid #dfe2e8;' +
  'border-radius:12px;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;' +
  'overflow-wrap:anywhere;word-break:break-word'
const BUTTON = 'display:inline-block;padding:10px 18px;border-radius:8px;font-weight:600;'
const CODE = 'font:600 22px/1.4 ui-monospace,Menlo,Consolas,monospace;letter-spacing:2px'
const SOFT = 'max-width:480px;margin:16px auto 0;text-align:center;color:#565c68;font:13px/1.5 '

/** A mail of these parts, as HTML and as text. */
export function writeMail(
  { site, publicUrl, words }: MailView,
  subject: string,
  parts: readonly MailPart[],
): WrittenMail {
  const links = [
    [site.support, FRAME.support],
    [site.terms, FRAME.terms],
    [site.privacy, FRAME.privacy],
  ] as const
  const html = (
    <html lang={words.locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <title>{subject}</title>
      </head>
      <body style={BODY}>
        {/* biome-ignore lint/a11y/useSemanticElements: mail programs drop <main>. */}
        <div role="main" style={SHEET}>
          <p style="margin:0 0 4px;font-weight:650;font-size:14px;color:#565c68">{site.name}</p>
          <h1 style="margin:0 0 16px;font-weight:650;font-size:20px;line-height:1.3">{subject}</h1>
          {parts.map((part) => (
            <p style="margin:0 0 16px">{shown(part, shadesOf(site).light)}</p>
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: the same holds for <footer>. */}
        <p role="contentinfo" style={`${SOFT}sans-serif`}>
          <a href={publicUrl} style="color:inherit">
            {site.name}
          </a>
          {links.map(([href, name]) =>
            href === null ? null : (
              <>
                {' · '}
                <a href={href} style="color:inherit">
                  {words.say(name)}
                </a>
              </>
            ),
          )}
        </p>
      </body>
    </html>
  )
  const lines = parts.map((part) => {
    if (typeof part === 'string') return part
    if ('lines' in part) return part.lines.join('\n')
    return 'url' in part ? part.url : part.code
  })
  const footer = links.flatMap(([href]) => (href === null ? [] : [href.replace(/^mailto:/, '')]))
  const text = [...lines, ['-- ', site.name, ...footer].join('\n')].join('\n\n')
  return { subject, text: `${text}\n`, html: `<!doctype html>${html}` }
}

function shown(part: MailPart, { accent, onAccent }: Shade): Child {
  if (typeof part === 'string') return part
  if ('lines' in part)
    return part.lines.map((line, i) => (
      <>
        {i === 0 ? null : <br />}
        {line}
      </>
    ))
  if ('code' in part) return <strong style={CODE}>{part.code}</strong>
  return (
    <a href={part.url}>
      <span style={`${BUTTON}color:${onAccent};background:${accent}`}>{part.name}</span>
    </a>
  )
}
