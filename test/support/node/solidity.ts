/** Compiles Solidity sources. */
import { readFileSync } from 'node:fs'
import solc from 'solc'
import type { Abi, Hex } from 'viem'

interface Output {
  errors?: { severity: string; formattedMessage: string }[]
  contracts?: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>
}

/** The contracts of a file of this folder, by name. Throws the compiler's message. */
export function compile(file: string): (contract: string) => { abi: Abi; bytecode: Hex } {
  const content = readFileSync(new URL(file, import.meta.url), 'utf8')
  const input = {
    language: 'Solidity',
    sources: { [file]: { content } },
    settings: {
      evmVersion: 'cancun',
      viaIR: true,
      optimizer: { enabled: true },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  }
  const { errors = [], contracts }: Output = JSON.parse(solc.compile(JSON.stringify(input)))
  const [error] = errors.filter(({ severity }) => severity === 'error')
  if (error !== undefined) throw new Error(error.formattedMessage)
  return (name) => {
    const contract = contracts?.[file]?.[name]
    if (contract === undefined) throw new Error(`${file} has no contract ${name}`)
    return { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }
  }
}
