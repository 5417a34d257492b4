/** Draws line charts as one SVG: no colours that a page would have to know, light and dark. */

/** The place of one value: across, up. */
export type Point = readonly [across: number, up: number]

export interface Plot {
  title: string
  /** The name of the values across, whose axis is logarithmic. */
  across: string
  lines: readonly { name: string; points: readonly Point[] }[]
}

const WIDTH = 360
const HEIGHT = 240
const LEFT = 48
const TOP = 46
const INNER = { width: WIDTH - LEFT - 16, height: HEIGHT - TOP - 44 }
/** A dash pattern for each line, so that lines differ without colour too. */
const DASHES = ['', '6 3', '2 3']
const COLOURS = ['#0a6ebd', '#b45309', '#6d28d9']

/** Draws the plots two in a row; `title` says what they show. */
export function plots(title: string, all: readonly Plot[]): string {
  const rows = Math.ceil(all.length / 2)
  const parts = all.map((plot, index) => {
    const [x, y] = [(index % 2) * WIDTH, Math.floor(index / 2) * HEIGHT]
    return `<g transform="translate(${x} ${y})">${drawn(plot)}</g>`
  })
  const size = `width="${2 * WIDTH}" height="${rows * HEIGHT}"`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="11">` +
    `<title>${title}</title><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>\n`
  )
}

function drawn({ title, across, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points)
  const places = [...new Set(points.map(([at]) => at))].sort((a, b) => a - b)
  const most = Math.max(...points.map(([, up]) => up)) || 1
  const [first = 1, last = 1] = [places[0], places.at(-1)]
  const x = (at: number) =>
    LEFT + (INNER.width * Math.log(at / first)) / Math.max(Math.log(last / first), 1e-9)
  const y = (up: number) => TOP + INNER.height * (1 - up / most)
  const bottom = TOP + INNER.height
  const label = (text: string, left: number, top: number, anchor = 'middle') =>
    `<text x="${left.toFixed(1)}" y="${top.toFixed(1)}" text-anchor="${anchor}">${text}</text>`
  const marks = [0, most / 2, most].map(
    (up) =>
      `<path d="M${LEFT} ${y(up).toFixed(1)}h${INNER.width}" stroke="#ddd"/>` +
      label(String(Math.round(up * 100) / 100), LEFT - 5, y(up) + 4, 'end'),
  )
  const curves = lines.map((line, index) => {
    const stroke = `stroke="${COLOURS[index]}" stroke-dasharray="${DASHES[index]}"`
    const path = line.points.map(([at, up]) => `${x(at).toFixed(1)} ${y(up).toFixed(1)}`).join('L')
    const key = LEFT + 98 * index
    return (
      `<path d="M${path}" fill="none" ${stroke} stroke-width="2"/>` +
      `<path d="M${key} 29h20" ${stroke} stroke-width="2"/>` +
      label(line.name, key + 24, 33, 'start')
    )
  })
  return [
    `<text x="${LEFT}" y="16" font-weight="bold">${title}</text>`,
    ...marks,
    ...curves,
    ...places.map((at) => label(String(at), x(at), bottom + 15)),
    label(across, LEFT + INNER.width / 2, bottom + 32),
  ].join('')
}
