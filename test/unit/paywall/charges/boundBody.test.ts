/** A form is known by its parts, because its boundary is another one at each try. */
import { describe, expect, it } from 'vitest'
import { boundaryOf, digestOfParts } from '../../../../src/paywall/charges/boundBody.ts'

describe('the boundary of a form', () => {
  it.each([
    ['multipart/form-data; boundary=----formdata-undici-012345', '----formdata-undici-012345'],
    ['Multipart/Form-Data;boundary="a b:c"', 'a b:c'],
    ['multipart/form-data', null],
    ['multipart/form-data; boundary=', null],
    ['multipart/form-data; boundary=a; boundary=b', null],
    ['multipart/form-data; charset=utf-8; boundary=a', null],
    [`multipart/form-data; boundary=${'a'.repeat(71)}`, null],
    ['multipart/mixed; boundary=a', null],
    ['application/json', null],
    [null, null],
  ])('of %s is %s', (type, boundary) => expect(boundaryOf(type)).toBe(boundary))
})

describe('the digest of the parts', () => {
  const digest = (text: string, boundary: string) =>
    digestOfParts(new TextEncoder().encode(text), boundary)
  const form = (boundary: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n${value}\r\n--${boundary}--\r\n`

  it('is the same with any boundary, and another one for another value', async () => {
    const one = await digest(form('x1', 'é'), 'x1')
    expect(await digest(form('y"2', 'é'), 'y"2')).toBe(one)
    expect(await digest(form('x1', 'è'), 'x1')).not.toBe(one)
  })

  it('tells a boundary from a value that looks like another one', async () => {
    const one = await digest(form('x', 'v\r\n--x--\r\n'), 'x')
    expect(await digest(form('y', 'v\r\n--x--\r\n'), 'y')).not.toBe(one)
  })
})
