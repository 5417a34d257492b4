/** The black-box cases: bytes on a socket in front of the gateway, recording origins behind it. */
import { beforeAll, describe, expect, it } from 'vitest'
import { differs } from '../blackbox/differs.ts'
import { OWN_CASES, readCases, runFile } from '../blackbox/run.ts'
import type { Report } from '../blackbox/suite.ts'

/** A file with fewer cases was not read completely. */
const AT_LEAST = 140

describe('black box', () => {
  let report: Report
  beforeAll(async () => {
    report = await runFile(OWN_CASES)
  }, 120_000)

  it('keeps every promise of cases.json', () => {
    expect(report.failed).toEqual([])
  })

  it('skips no case', () => {
    expect(report.skipped).toEqual([])
    const ran = report.passed.length + report.failed.length
    expect(ran).toBeGreaterThanOrEqual(AT_LEAST)
  })

  it('has a case of its own for each shared case that contradicts the contract', () => {
    const ids = readCases(OWN_CASES).cases.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)])
    for (const [id, difference] of Object.entries(differs))
      expect(ids, id).toContain(difference?.checkedBy)
  })
})
