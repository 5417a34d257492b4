/**
 * Compiles the stand-in for the channel precompile into escrow.json. Run `npx node
 * dev/escrow/compile.ts` after each change of Escrow.sol.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** The part of the compiler's output that is read here. */
interface Compiled {
  errors?: { formattedMessage: string }[]
  contracts?: {
    'Escrow.sol': { Escrow: { abi: unknown[]; evm: { deployedBytecode: { object: string } } } }
  }
}

/**
 * The ABI, and the runtime bytecode in hexadecimal. Throws the compiler's messages, warnings
 * included.
 */
export function compileEscrow(): { abi: unknown[]; runtimeBytecode: string } {
  // The compiler is one synchronous function in a CommonJS package without types.
  const solc: { compile: (input: string) => string } = createRequire(import.meta.url)('solc')
  const source = readFileSync(new URL('Escrow.sol', import.meta.url), 'utf8')
  const input = {
    language: 'Solidity',
    sources: { 'Escrow.sol': { content: source } },
    settings: {
      viaIR: true,
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': ['abi', 'evm.deployedBytecode.object'] } },
    },
  }
  const { errors = [], contracts }: Compiled = JSON.parse(solc.compile(JSON.stringify(input)))
  if (errors.length > 0) throw new Error(errors.map((one) => one.formattedMessage).join('\n'))
  const escrow = contracts?.['Escrow.sol'].Escrow
  if (escrow === undefined) throw new Error('the compiler made no contract of Escrow.sol')
  return { abi: escrow.abi, runtimeBytecode: `0x${escrow.evm.deployedBytecode.object}` }
}

if (import.meta.main) {
  const file = new URL('escrow.json', import.meta.url)
  const { runtimeBytecode } = compileEscrow()
  writeFileSync(file, `${JSON.stringify({ runtimeBytecode }, null, 2)}\n`)
}
