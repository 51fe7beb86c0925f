import { rm } from 'node:fs/promises'
import { expect, jest, test } from '@jest/globals'

jest.unstable_mockModule('./processes/watchdog.ts', () => ({
  startWatchdog: (directory: string) => ({
    watch: () => {},
    async release() {
      await rm(directory, { recursive: true })
      throw new Error('the watchdog was not there')
    },
  }),
}))
jest.unstable_mockModule('./config.ts', () => ({
  readConfig: () => ({ serviceVariables: {}, systemVariables: { PATH: '/nowhere' } }),
}))
const { startLocalStack } = await import('./start-local-stack.ts')

test('a start that fails says why, also when what it had started does not stop cleanly', async () => {
  const told: string[] = []
  const start = startLocalStack({ onProgress: (message) => told.push(message) })
  await expect(start).rejects.toThrow('Neither redis-server nor valkey-server is installed')
  expect(told).toEqual(['The local stack did not stop cleanly.'])
})
