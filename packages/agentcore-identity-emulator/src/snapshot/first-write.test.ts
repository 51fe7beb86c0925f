import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, jest, test } from '@jest/globals'
import * as real from './state-file.ts'

const writes: ((content: real.StateFile) => Promise<void> | void)[] = []
jest.unstable_mockModule('./state-file.ts', () => ({
  ...real,
  async writeStateFile(...[file, content, requireOwned]: Parameters<typeof real.writeStateFile>) {
    await writes.shift()?.(content)
    await real.writeStateFile(file, content, requireOwned)
  },
}))
const { startEmulator } = await import('../index.ts')

test('a request that comes during the first write of the state file is answered, and what it changes is written', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'emulator-first-write-'))
  const statuses: number[] = []
  const second = Promise.withResolvers<real.StateFile>()
  writes.push(async ({ snapshot }) => {
    const answer = await fetch(`${snapshot.publicUrl}/_emulator/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advanceSeconds: 60 }),
    })
    statuses.push(answer.status)
  }, second.resolve)
  const emulator = await startEmulator({ stateFile: join(directory, 'state.json') })
  try {
    expect(statuses).toEqual([200])
    expect((await second.promise).snapshot.clockAheadMs).toBe(60_000)
  } finally {
    await emulator.close()
    await rm(directory, { recursive: true })
  }
})
