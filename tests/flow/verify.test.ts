import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { logOf, somebodyNew, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { temporaryNames, verifyCommand, verifyWithout } from '../support/verify-command.ts'

// The command goes through the whole flow several times, in Chromium.
jest.setTimeout(600_000)

const stack = stackOfThisWorker()
let verify: ReturnType<typeof verifyCommand>

// Each test sees its own report.
beforeEach(async () => {
  verify = verifyCommand(stack, [await somebodyNew(stack), await somebodyNew(stack)])
})
afterEach(() => verify.close())

interface Report {
  rows: { id: string; kind: string; seen: string; verdict: string }[]
  failed: string[]
  emulatorOptions: { name: string; value: unknown }[]
}

describe('npm run verify -- --local', () => {
  test('stopped half-way by Ctrl-C, it removes its resources, and writes no report', async () => {
    const { code, stderr } = await verify.run([], { sentence: 'Trying polling.', signal: 'SIGINT' })
    expect(stderr).toContain('Stopping; removing the created resources first.')
    expect(code).toBe(130)
    expect(await temporaryNames(stack)).toEqual([])
    expect(await verify.report('md')).toBeUndefined()
  })

  test('killed half-way, it leaves resources, and the next run removes them first and passes', async () => {
    await verify.run([], { sentence: 'Trying polling.', signal: 'SIGKILL' })
    let left = await temporaryNames(stack)
    // The killed run's last request may be executed now.
    await until(async () => {
      const before = left
      left = await temporaryNames(stack)
      return left.join() === before.join()
    })
    expect(left.length).toBeGreaterThan(0)
    const logBefore = (await logOf(stack)).length

    const { code, stdout, stderr } = await verify.run(['--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`Removed ${left.length} things`) })
    expect(await temporaryNames(stack)).toEqual([])

    const report = JSON.parse(stdout) as Report
    expect(report.failed).toEqual([])
    const flow = report.rows.filter(({ kind }) => kind === 'flow')
    expect(flow.map(({ verdict }) => verdict)).toEqual(flow.map(() => 'holds'))
    expect(flow.map(({ id }) => id)).toEqual(expect.arrayContaining(FLOW_ROWS))
    // The tests' stacks send a denied consent back to the app.
    expect(report.emulatorOptions).toContainEqual(expect.objectContaining({ name: 'deniedConsent', value: 'return' }))

    await expectNoSecretIn(`${stdout}${stderr}`, logBefore)
    await expectNoSecretIn(`${await verify.report('md')}${await verify.report('json')}`, logBefore)
    const tables = ((await verify.report('md')) ?? '').match(/^\| assumption \| expected \| seen \| verdict \|$/gm)
    expect(tables).toHaveLength(1)
  })
})

// The other defences: tests/soak/verify.soak.ts.
test('npm run verify -- --local fails where a stack does not compare the state, and names the attack', async () => {
  const { code, stdout, failed } = await verifyWithout('the comparison of the state')
  expect(failed).toEqual(['tampered-state', 'rightful-user-finishes', 'audit-refusals', 'one-completion'])
  expect(JSON.parse(stdout)).toMatchObject({ notTried: [] })
  expect(code).toBe(1)
})

const FLOW_ROWS = [
  'main-job',
  'main-job-answer',
  'start-by-another-user',
  'start-from-another-site',
  'return-by-another-user',
  'return-in-another-browser',
  'return-with-a-stolen-cookie',
  'return-not-signed-in',
  'tampered-state',
  'tampered-session',
  'rightful-user-finishes',
  'replay',
  'replay-by-another-user',
  'forwarded-url-after-return',
  'forwarded-url-at-once',
  'audit-steps',
  'audit-refusals',
  'one-completion',
]

/** The report may be published. */
async function expectNoSecretIn(text: string, logFrom: number): Promise<void> {
  const { awsCredentials, users, environments } = stack
  const lines = (await logOf(stack))
    .slice(logFrom)
    .split('\n')
    .filter((line) => line.includes('"audit":true'))
  const ids = lines.flatMap((line) => {
    const { authorizationId, requestId, userFingerprint, turnId } = JSON.parse(line) as Record<
      string,
      string | undefined
    >
    return [authorizationId, requestId, userFingerprint, turnId]
  })
  const credentials = Object.values(awsCredentials).flatMap((one) => [one.accessKeyId, one.secretAccessKey])
  const variables = Object.values(environments['agent-workload']).filter((value) => value.length >= 24)
  const secrets = [...ids, ...credentials, ...variables, ...users.map(({ password }) => password), '123456789012']
  const found = secrets.filter((secret) => secret !== undefined && text.includes(secret))
  expect(found).toEqual([])
  expect(text).not.toMatch(/https?:\/\/|urn:ietf:params:oauth:request_uri:|\beyJ|agent-identity-verify-[0-9a-f]/)
}
