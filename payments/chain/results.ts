/**
 * The forms that the results of JSON-RPC must have before anything is concluded from them. A result
 * of another form is no answer.
 */
import { type Hex, keccak256 } from 'viem'

/** The fields of a transaction's receipt that are read here. */
export interface TransactionReceipt {
  status: '0x0' | '0x1'
  transactionHash: Hex
  blockNumber: Hex
  logs: unknown[]
}

/** Whether a result is one that can answer a question. */
export function isResultOf(method: string, params: unknown, result: unknown): boolean {
  if (result === undefined) return false
  const [asked] = Array.isArray(params) ? (params as unknown[]) : []
  switch (method) {
    case 'eth_call':
      return typeof result === 'string' && /^0x(?:[0-9a-f]{2})*$/i.test(result)
    case 'eth_getTransactionReceipt':
      return result === null || isReceiptOf(String(asked), result)
    case 'eth_sendRawTransactionSync':
      return isReceiptOf(keccak256(asked as Hex), result)
    case 'eth_getBlockByNumber':
      return isObject(result) && isQuantity(result.number) && isQuantity(result.timestamp)
    case 'eth_getLogs':
      return Array.isArray(result) && result.every(isLog)
    default:
      return true
  }
}

/** Whether a value is the receipt of a transaction that is in a block. */
function isReceiptOf(hash: string, value: unknown): value is TransactionReceipt {
  return (
    isObject(value) &&
    String(value.transactionHash).toLowerCase() === hash.toLowerCase() &&
    (value.status === '0x0' || value.status === '0x1') &&
    isQuantity(value.blockNumber) &&
    Array.isArray(value.logs) &&
    value.logs.every(isLog)
  )
}

function isLog(value: unknown): boolean {
  if (!isObject(value)) return false
  const { address, topics, data } = value
  const isHex = (one: unknown) => typeof one === 'string' && one.startsWith('0x')
  return isHex(address) && isHex(data) && Array.isArray(topics) && topics.every(isHex)
}

const isQuantity = (value: unknown) =>
  typeof value === 'string' && /^0x[0-9a-f]{1,16}$/i.test(value)

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
