import { afterAll, afterEach, expect, jest, test } from '@jest/globals'
import { createAwsClient } from './aws-client.ts'
import { awsError, startAgentCoreStub } from './test-support/agentcore-stub.ts'

const stub = await startAgentCoreStub()
afterAll(() => stub.stop())
afterEach(() => void jest.restoreAllMocks())

const TIMEOUT_MS = 123_456

test.each([
  ['answered', { status: 200, json: { workloadAccessToken: 'wat' } }, true],
  ['refused', awsError(403, 'AccessDeniedException'), false],
] as const)('a call that is %s leaves no timer of its deadline behind', async (_how, reply, ok) => {
  stub.answerWith(reply)
  const client = createAwsClient({ ...stub.settings, timeoutMs: TIMEOUT_MS }, 'once')
  const set = jest.spyOn(globalThis, 'setTimeout')
  const clear = jest.spyOn(globalThis, 'clearTimeout')
  expect(await client.mintWithoutUser('our-agent')).toMatchObject({ ok })
  const deadline = set.mock.results[set.mock.calls.findIndex(([, ms]) => ms === TIMEOUT_MS)]?.value
  expect(deadline).toBeDefined()
  expect(clear.mock.calls.map(([timer]) => timer)).toContain(deadline)
})
