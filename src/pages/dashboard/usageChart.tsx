/**
 * The chart of usage: one bar for each bucket, with a part for each class of answers. It is an SVG
 * that stretches to its place, so its words are beside it, in HTML, and keep their size.
 */
import type { StatusClass } from '../../contract/heartbeat.ts'
import type { View } from '../view.ts'
import { USAGE } from '../words/usage.ts'
import { axisTop, STATUS_CLASSES, type UsageLine } from './usageNumbers.ts'

/** The units of the drawing, which the page stretches. */
const HEIGHT = 1_000
const BAR = 100
const GAP = 20

export interface UsageChart {
  view: View
  /** A line for each bucket, the earliest first. */
  lines: readonly UsageLine[]
  /** The name of a bucket, as people read it. */
  nameOf: (line: UsageLine) => string
}

export function Chart({ view: { words }, lines, nameOf }: UsageChart) {
  const top = axisTop(Math.max(...lines.map(({ requests }) => requests)))
  const shown = STATUS_CLASSES.filter((status) =>
    lines.some(({ byStatus }) => byStatus.has(status)),
  )
  const middle = lines[Math.floor(lines.length / 2)]
  const ends = [lines[0], middle, lines.at(-1)].filter((line) => line !== undefined)
  return (
    <figure class="chart">
      <figcaption>
        <ul class="legend">
          {shown.map((status) => (
            <li>
              <svg class={`c${status}`} viewBox="0 0 10 10" aria-hidden="true">
                <rect width="10" height="10" />
              </svg>
              {status}
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="plot">
        <div class="axis" aria-hidden="true">
          <span>{words.number(top)}</span>
          <span>{top > 1 ? words.number(top / 2) : ''}</span>
          <span>0</span>
        </div>
        <svg
          role="img"
          aria-label={words.say(USAGE.chart)}
          viewBox={`0 0 ${lines.length * BAR} ${HEIGHT}`}
          preserveAspectRatio="none"
        >
          {[0, HEIGHT / 2, HEIGHT].map((y) => (
            <line class="grid" x1="0" x2={lines.length * BAR} y1={y} y2={y} />
          ))}
          {lines.map((line, i) => (
            <g>
              <title>
                {words.say(USAGE.bar, { time: nameOf(line), count: words.number(line.requests) })}
              </title>
              <rect class="under" x={i * BAR} y="0" width={BAR} height={HEIGHT} />
              {partsOf(line, top).map(({ status, y, height }) => (
                <rect
                  class={`c${status}`}
                  x={i * BAR + GAP / 2}
                  y={y}
                  width={BAR - GAP}
                  height={height}
                />
              ))}
            </g>
          ))}
        </svg>
      </div>
      <div class="axis times" aria-hidden="true">
        {ends.map((line) => (
          <span>{nameOf(line)}</span>
        ))}
      </div>
    </figure>
  )
}

/** The parts of a bar from the bottom up. Each part can be seen, however small it is. */
function partsOf({ byStatus }: UsageLine, top: number) {
  const parts: { status: StatusClass; y: number; height: number }[] = []
  let y = HEIGHT
  for (const status of STATUS_CLASSES) {
    const requests = byStatus.get(status) ?? 0
    if (requests === 0) continue
    const height = Math.max(HEIGHT / 200, Math.round((requests / top) * HEIGHT))
    y -= height
    parts.push({ status, y, height })
  }
  return parts
}
