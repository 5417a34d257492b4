/** Any colour of a site can be read, on light and on dark grounds. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shadesOf } from '../../../src/pages/colour.ts'

/** The contrast of two colours by WCAG 2.2, written down a second time. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

it('whatever the colour is', () => {
  const colours = fc
    .integer({ min: 0, max: 0xffffff })
    .map((value) => `#${value.toString(16).padStart(6, '0')}`)
  fc.assert(
    fc.property(colours, (colour) => {
      const { light, dark } = shadesOf({ colour })
      for (const ground of ['#ffffff', '#f5f6f8', '#eef0f4'])
        expect(contrast(light.accent, ground)).toBeGreaterThanOrEqual(4.5)
      for (const ground of ['#101216', '#181b21', '#21252d'])
        expect(contrast(dark.accent, ground)).toBeGreaterThanOrEqual(4.5)
      for (const { accent, onAccent } of [light, dark])
        expect(contrast(accent, onAccent)).toBeGreaterThanOrEqual(4.5)
    }),
  )
})

it('a colour that can be read is kept', () => {
  expect(shadesOf({ colour: '#1d4ed8' }).light).toEqual({ accent: '#1d4ed8', onAccent: '#ffffff' })
})
