/** The rest of a body that nobody takes. */
import { expect, it } from 'vitest'
import { type ChunkReader, chunkReader } from '../../../../src/http/bodies/chunks.ts'
import { drainable } from '../../../../src/http/bodies/drain.ts'

/** A client whose chunks the test sends one by one. */
function client() {
  const { readable, writable } = new IdentityTransformStream()
  const writer = writable.getWriter()
  return { writer, reader: chunkReader(readable) }
}

const NOTHING = Promise.resolve()

it('is read to its end, behind the read that is under way, and then there is no rest', async () => {
  const { writer, reader } = client()
  const sender = drainable(reader)
  const pending = sender.read()
  const drained = sender.drain(pending, 100)
  const rest = sender.rest()
  await writer.write(new Uint8Array(5))
  await writer.write(new Uint8Array(5))
  expect(sender.rest()).toBeDefined()
  await writer.close()
  await Promise.all([drained, rest])
  expect(sender.rest()).toBeUndefined()
})

it('ends for the answer when the client stops, though the body has not ended', async () => {
  const { writer, reader } = client()
  const sender = drainable(reader)
  void sender.drain(NOTHING, 100)
  await writer.write(new Uint8Array(5))
  await sender.rest()
  expect(sender.rest()).toBeDefined()
})

it('above the limit is given up', async () => {
  let [reads, cancels] = [0, 0]
  const endless: ChunkReader = {
    read: () => Promise.resolve(new Uint8Array(++reads)),
    cancel: () => void cancels++,
  }
  const sender = drainable(endless)
  await sender.drain(NOTHING, 3)
  expect([reads, cancels]).toEqual([3, 1]) // 1 and 2 bytes, and 3 too many
  expect(sender.rest()).toBeUndefined()
})

it('that breaks off is over', async () => {
  const broken: ChunkReader = {
    read: () => Promise.reject(new Error('broken')),
    cancel: () => undefined,
  }
  const sender = drainable(broken)
  await sender.drain(NOTHING, 100)
  expect(sender.rest()).toBeUndefined()
  await expect(sender.read()).rejects.toThrow('broken')
})
