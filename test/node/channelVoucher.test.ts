import { Secp256k1, Signature } from 'ox'
import { Channel } from 'ox/tempo'
import type { Hex } from 'viem'
import { Account } from 'viem/tempo'
import { describe, expect, it } from 'vitest'
import type { Descriptor } from '../../payments/channels/payload.ts'
import { faultOf, signerOf } from '../../payments/channels/voucher.ts'

const PAYER_KEY: Hex = `0x${'11'.repeat(32)}`
const PLACE = {
  channelId: `0x${'ab'.repeat(32)}` as Hex,
  chainId: 1337,
  escrow: '0x4d50500000000000000000000000000000000000' as Hex,
}
const payer = Account.fromSecp256k1(PAYER_KEY)
const PAYER = payer.address.toLowerCase() as Hex

const digest = (cumulative: number) =>
  Channel.getVoucherSignPayload({
    chainId: PLACE.chainId,
    channelId: PLACE.channelId,
    cumulativeAmount: BigInt(cumulative),
  })
const signed = (cumulative: number, privateKey = PAYER_KEY) =>
  Secp256k1.sign({ payload: digest(cumulative), privateKey })
const voucher = (cumulative: number, signature: Hex) => ({ cumulative, signature })

describe('a voucher', () => {
  it.each([0, 1, 4500, Number.MAX_SAFE_INTEGER])(
    'of %s is good when its signer has signed it',
    (amount) => {
      expect(faultOf(voucher(amount, Signature.toHex(signed(amount))), PLACE, PAYER)).toBeNull()
    },
  )

  it('is good for no other signer, amount, channel, chain or escrow', () => {
    const good = voucher(4500, Signature.toHex(signed(4500)))
    const places = [
      { ...PLACE, channelId: `0x${'ac'.repeat(32)}` as Hex },
      { ...PLACE, chainId: 1338 },
      { ...PLACE, escrow: `0x${'4d'.repeat(20)}` as Hex },
    ]
    for (const place of places) expect(faultOf(good, place, PAYER)).toBe('signer-mismatch')
    expect(faultOf({ ...good, cumulative: 4501 }, PLACE, PAYER)).toBe('signer-mismatch')
    expect(faultOf(good, PLACE, `0x${'12'.repeat(20)}`)).toBe('signer-mismatch')
  })

  it('has one valid signature: not its twin with a high s, and no other spelling', () => {
    const signature = signed(4500)
    const { r, s, yParity } = signature
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const twin = Signature.toHex({ r, s: order - s, yParity: 1 - yParity })
    const good = Signature.toHex(signature)
    const lowV = `${good.slice(0, -2)}0${yParity}` as Hex
    for (const other of [twin, lowV, `${good}00`, good.slice(0, -2), '0x', '0x00'] as Hex[]) {
      expect(faultOf(voucher(4500, other), PLACE, PAYER), other).toBe('invalid-signature')
    }
  })

  it('may be signed with a P-256 key, as passkeys are', async () => {
    const signer = Account.fromP256(`0x${'22'.repeat(32)}`)
    const signature = await signer.sign({ hash: digest(4500) })
    const address = signer.address.toLowerCase() as Hex
    expect(faultOf(voucher(4500, signature), PLACE, address)).toBeNull()
    expect(faultOf(voucher(4501, signature), PLACE, address)).toBe('invalid-signature')
    expect(faultOf(voucher(4500, signature), PLACE, PAYER)).toBe('invalid-signature')
  })
})

it('is signed by the signer that the channel names, or else by its payer', () => {
  const zero: Hex = `0x${'00'.repeat(20)}`
  const other: Hex = `0x${'12'.repeat(20)}`
  const descriptor = { payer: PAYER, authorizedSigner: zero } as Descriptor
  expect(signerOf(descriptor)).toBe(PAYER)
  expect(signerOf({ ...descriptor, authorizedSigner: other })).toBe(other)
})
