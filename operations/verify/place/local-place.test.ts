import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Demo, localPlace } from './local-place.ts'

let emulator: Server
beforeEach(async () => {
  emulator = createServer((_request, response) => response.end('[]'))
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
describe('a demo', () => {
  test('is not verified without the provider profile, and is told how to start', async () => {
    await expect(localPlace(demoWith('github'))).rejects.toThrow('start it with profile among its --providers')
  })
})
