import { expect, jest, test } from '@jest/globals'
import { DEFENCES, type DefenceName } from '../support/defences.ts'
import { person, somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { startStackOfItsOwn } from '../support/stack-of-its-own.ts'
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

test('where AgentCore takes an authorization URL twice, npm run verify sees that the return refuses', async () => {
  const stack = await startStackOfItsOwn({}, { replicas: 1, identityAssumptions: { authorizationUrl: 'reusable' } })
  const verify = verifyCommand(stack, [person(stack, 'user-1'), person(stack, 'user-2')])
  try {
    const { code, stdout } = await verify.run(['--json'])
    const { rows } = JSON.parse(stdout) as { rows: { id: string; seen: string }[] }
    const seen = rows.filter(({ id }) => id.startsWith('forwarded-url')).map((row) => row.seen)
    expect({ code, seen }).toEqual({ code: 0, seen: ['refused by the return', 'refused by the return'] })
  } finally {
    await verify.close()
    await stack.stop()
  }
})

test.each(Object.keys(DEFENCES) as DefenceName[])('npm run verify fails where a stack lacks %s', async (name) => {
  const { code, failed } = await verifyWithout(name)
  expect(failed).toContain(DEFENCES[name].row)
  expect(failed).not.toContain('main-job')
  expect(code).toBe(1)
})
