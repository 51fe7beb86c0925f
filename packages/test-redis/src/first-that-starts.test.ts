import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { firstThatStarts } from './first-that-starts.ts'

test('a program that is not installed is passed over for the next one', async () => {
  const child = await firstThatStarts(['no-such-server', process.execPath], ['--version'])
  expect((await once(child, 'exit'))[0]).toBe(0)
})

test('without any of them, the error says what to install', async () => {
  await expect(firstThatStarts(['no-such-server', 'nor-this'], [])).rejects.toThrow('Install redis-server')
})
