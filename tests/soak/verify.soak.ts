import { expect, jest, test } from '@jest/globals'
import { DEFENCES, type DefenceName } from '../support/defences.ts'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { verifyCommand, verifyWithout } from '../support/verify-command.ts'

jest.setTimeout(600_000)

/** Advances the clock of the shared stack's emulator by almost half an hour. */
test('npm run verify -- --local --long also tests what has to wait for a lifetime', async () => {
  const stack = stackOfThisWorker()
  const verify = verifyCommand(stack, [await somebodyNew(stack), await somebodyNew(stack)])
  try {
    const { code, stdout } = await verify.run(['--json', '--long'])
    expect(code).toBe(0)
    const { rows } = JSON.parse(stdout) as { rows: { id: string; verdict: string }[] }
    const verdictOf = (id: string) => rows.find((row) => row.id === id)?.verdict
    expect(['holds', 'contradicted']).toContain(verdictOf('expired-workload-access-token'))
    expect(['authorization-expiry', 'refresh'].map(verdictOf)).toEqual(['holds', 'holds'])
  } finally {
    await verify.close()
  }
})

test.each(Object.keys(DEFENCES) as DefenceName[])('npm run verify fails where a stack lacks %s', async (name) => {
  const { code, failed } = await verifyWithout(name)
  expect(failed).toContain(DEFENCES[name].row)
  expect(failed).not.toContain('main-job')
  expect(code).toBe(1)
})
