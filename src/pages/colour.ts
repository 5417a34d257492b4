/** The site's colour in shades that people can read on light and on dark grounds. */
import { memoize } from '../lib/memoize.ts'

type Rgb = readonly [red: number, green: number, blue: number]

const WHITE: Rgb = [255, 255, 255]
const BLACK: Rgb = [0, 0, 0]
/** The grounds that the colour is read on: the darkest light one and the lightest dark one. */
const LIGHT_GROUND: Rgb = [238, 240, 244]
const DARK_GROUND: Rgb = [33, 37, 45]
/** The least contrast of text (WCAG 2.2, 1.4.3), with a little room for rounding. */
const MIN_CONTRAST = 4.6

/** "#rrggbb" for text and buttons, and for the text on a button. */
export interface Shade {
  accent: string
  onAccent: string
}

/** The shades of a site's colour on a light and on a dark ground. */
export const shadesOf = memoize(({ colour }: { readonly colour: string }) => {
  return {
    light: shade(towards(BLACK, parse(colour), LIGHT_GROUND)),
    dark: shade(towards(WHITE, parse(colour), DARK_GROUND)),
  }
})

const shade = (accent: Rgb): Shade => ({ accent: hex(accent), onAccent: hex(inkOn(accent)) })

/** The colour, mixed with `end` only as far as it needs to be read on `ground`. */
function towards(end: Rgb, colour: Rgb, ground: Rgb): Rgb {
  for (let part = 0; part < 1; part += 0.02) {
    const mixed = mix(colour, end, part)
    if (contrast(mixed, ground) >= MIN_CONTRAST) return mixed
  }
  return end
}

const inkOn = (ground: Rgb): Rgb =>
  contrast(WHITE, ground) >= contrast(BLACK, ground) ? WHITE : BLACK

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  const channel = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * part)
  return [channel(0), channel(1), channel(2)]
}

/** The contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
function contrast(one: Rgb, other: Rgb): number {
  const [bright, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return ((bright ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (channel: number) => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/** "#rrggbb" → its channels. */
function parse(colour: string): Rgb {
  const channel = (at: number) => Number.parseInt(colour.slice(at, at + 2), 16)
  return [channel(1), channel(3), channel(5)]
}

const hex = (channels: Rgb) =>
  `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
