import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { startOnFreePorts } from './start-on-free-ports.ts'

const directory = mkdtempSync(join(tmpdir(), 'start-on-free-ports-'))
afterAll(() => rmSync(directory, { recursive: true }))

test('a start is repeated for a port that is taken, and not for another failure after that', async () => {
  const logFile = join(directory, 'stack.log')
  const lines = ['listen EADDRINUSE: address already in use', 'Redis answers ERR']
  const failures: string[] = []
  const failing = async () => {
    const line = lines[failures.length] ?? 'there are no more'
    appendFileSync(logFile, `${line}\n`)
    failures.push(line)
    throw new Error('agent-workload 1 ended with code 1.')
  }
  await expect(startOnFreePorts({ logFile }, failing)).rejects.toThrow('ended with code 1')
  expect(failures).toEqual(lines)
})
