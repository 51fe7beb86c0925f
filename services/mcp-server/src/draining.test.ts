import { afterEach, expect, test } from '@jest/globals'
import { type RunningMcpServer, startMcpServer } from './test-support/running-mcp-server.ts'

let server: RunningMcpServer
afterEach(() => server.stop())

test('a call that waits for a consent when its process is to stop is answered at once, with what the client needs to send it again', async () => {
  // Longer than the drain.
  server = await startMcpServer({ MCP_CONSENT_WAIT_MS: '45000' })
  await server.connect('alice')
  const first = JSON.parse((await server.call('alice')).body).result
  const { requestState } = first
  const waiting = server.call('alice', { params: { requestState, inputResponses: { consent: { action: 'accept' } } } })
  while (server.seen.requests < 2) await new Promise((resolve) => setImmediate(resolve))
  await server.drain()
  const { result } = JSON.parse((await waiting).body)
  expect(result).toMatchObject({ resultType: 'input_required', inputRequests: first.inputRequests })
  expect(result.requestState).toBeTruthy()
})
