/** Runs the cases of a file against the lab, one after the other. */
import type { Answer } from './answer.ts'
import { differs } from './differs.ts'
import { checkAnswers, compareSteps } from './expectAnswers.ts'
import { checkHits } from './expectHits.ts'
import { type Case, type CaseFile, type Step, stepsOf } from './format.ts'
import type { Lab } from './lab.ts'
import { createMemory, type Memory, save } from './memory.ts'
import { withOwnNames } from './names.ts'
import { notYet } from './notYet.ts'
import { type Client, send } from './send.ts'
import { fillIn } from './template.ts'

/** How long after an answer an upstream may still record a request, in milliseconds. */
const SETTLE_MS = 15

export interface Report {
  passed: string[]
  failed: { id: string; title: string; complaints: string[] }[]
  skipped: { id: string; reason: string }[]
}

export interface SuiteOptions {
  file: CaseFile
  /** Our own cases, which replace the cases that contradict the contract. */
  own: CaseFile
  /** The ids of the cases to run. Default: all. */
  filter?: RegExp
  /** Whether to run the cases that are known to fail, too. */
  all?: boolean
}

/** Runs the cases in their order. Rejects only if the lab itself fails. */
export async function runSuite(
  lab: Lab,
  { file, own, filter, all }: SuiteOptions,
): Promise<Report> {
  const report: Report = { passed: [], failed: [], skipped: [] }
  const address = clientAddresses()
  for (const one of file.cases.filter(({ id }) => filter === undefined || filter.test(id))) {
    const { id, title } = one
    const reason = reasonToSkip(one, all)
    if (reason !== undefined) {
      report.skipped.push({ id, reason })
      continue
    }
    const replacement = all ? undefined : differs[id]
    const client = { port: lab.port, address: address.next().value }
    const complaints =
      replacement === undefined
        ? await runCase(lab, client, one, file)
        : await runReplacement(lab, client, replacement.checkedBy, own)
    if (complaints.length === 0) report.passed.push(id)
    else report.failed.push({ id, title, complaints })
  }
  return report
}

function reasonToSkip({ id, needsHook }: Case, all: boolean | undefined): string | undefined {
  if (needsHook === true) return 'needs a fault hook'
  return all === true ? undefined : notYet(id)
}

async function runReplacement(
  lab: Lab,
  client: Client,
  id: string,
  own: CaseFile,
): Promise<string[]> {
  const replacement = own.cases.find((one) => one.id === id)
  if (replacement === undefined) return [`there is no case ${id} that checks the contract`]
  const complaints = await runCase(lab, client, replacement, own)
  return complaints.map((complaint) => `${id}: ${complaint}`)
}

/** The complaints about the first step that fails; none if the case passes. */
async function runCase(lab: Lab, client: Client, one: Case, file: CaseFile): Promise<string[]> {
  const facts = { ...file.assumes?.vars, ...lab.facts, address: client.address }
  const memory = createMemory({ ...facts, ...(await lab.seed()) })
  lab.takeInternalErrors()
  try {
    for (const [index, step] of stepsOf(one, file).entries()) {
      const complaints = await runStep(lab, client, withOwnNames(step), memory)
      if (complaints.length > 0) return complaints.map((complaint) => `#${index + 1} ${complaint}`)
    }
    return lab.takeInternalErrors().map((line) => `the gateway had an internal error: ${line}`)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

async function runStep(lab: Lab, client: Client, step: Step, memory: Memory): Promise<string[]> {
  lab.forget()
  const answers = await answersTo(step, memory, client)
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const { origin, originB } = await lab.hits()
  const expected = fillIn(step.expect, memory.values)
  const complaints = [
    ...checkAnswers(expected, answers),
    ...compareSteps(step, answers, memory),
    ...checkHits('origin', expected.origin, origin),
    ...checkHits('originB', expected.originB, originB),
    ...origin.flatMap(({ target, flaw }) => (flaw ? [`origin saw ${target} with ${flaw}`] : [])),
  ]
  const [first] = answers
  if (complaints.length === 0 && first !== undefined) {
    for (const [name, how] of Object.entries(step.save ?? {})) save(memory, name, how, first)
  }
  return complaints
}

async function answersTo(step: Step, memory: Memory, client: Client): Promise<Answer[]> {
  const sendOne = () => send(step.send, memory, client)
  if (step.parallel !== undefined)
    return Promise.all(Array.from({ length: step.parallel }, sendOne))
  const answers: Answer[] = []
  for (let i = 0; i < (step.repeat ?? 1); i++) answers.push(await sendOne())
  return answers
}

/**
 * Documentation addresses (RFC 5737), one for each case, so that limits by address count cases
 * apart.
 */
function* clientAddresses(): Generator<string, never> {
  for (;;) {
    for (const network of ['203.0.113', '198.51.100']) {
      for (let host = 1; host < 255; host++) yield `${network}.${host}`
    }
  }
}
