import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Demo, localPlace } from './local-place.ts'

interface Call {
  at: string
  operation: string
  principal: string
}

let calls: Call[]
let emulator: Server
beforeEach(async () => {
  calls = []
  emulator = createServer((_request, response) => response.end(JSON.stringify(calls)))
  await new Promise<void>((resolve) => emulator.listen(0, '127.0.0.1', resolve))
})
afterEach(() => new Promise((resolve) => emulator.close(resolve)))

const demoWith = (...providers: string[]): Demo => ({
  app: 'http://localhost:8080',
  agentcoreIdentity: `http://127.0.0.1:${(emulator.address() as AddressInfo).port}`,
  users: ['alice', 'bob'].map((username) => ({ username, password: `of ${username}` })),
  awsRegion: 'us-east-1',
  awsCredentials: { administrator: { accessKeyId: 'AKIAVERIFY', secretAccessKey: 'secret-access-key' } },
  deployment: { credentialProviders: Object.fromEntries(providers.map((id) => [id, id])) },
})
const completions = (count: number, at: number): Call[] =>
  Array.from({ length: count }, () => ({
    at: new Date(at).toISOString(),
    operation: 'CompleteResourceTokenAuth',
    principal: 'session-binding',
  }))

describe('a demo', () => {
  test('is not verified without the provider profile, and is told how to start', async () => {
    await expect(localPlace(demoWith('github'))).rejects.toThrow('start it with profile among its --providers')
  })

  const FULL = 10_000
  const HOUR_MS = 3_600_000

  test.each([
    ['none of before', 0, 2, ['2', 'holds']],
    ['as many of before as the emulator keeps', FULL - 2, 2, ['2', 'holds']],
    ['too many of before, and a third one of the run', FULL - 3, 3, ['3', 'contradicted']],
    ['more of the run than the emulator keeps', 0, FULL, [expect.stringMatching(/^not tried: /), 'not tried']],
  ])('counts the completions of the run: %s', async (_what, before, during, expected) => {
    const now = Date.now()
    calls = completions(FULL, now - HOUR_MS)
    const place = await localPlace(demoWith('profile'))
    calls = [...completions(before, now - HOUR_MS), ...completions(during, now + HOUR_MS)]
    const rows = await place.lookAtCalls({ authorizationIds: ['a', 'b'], completionRequestIds: [] })
    expect(rows.map(({ seen, verdict }) => [seen, verdict])).toEqual([expected])
    await place.close()
  })
})
