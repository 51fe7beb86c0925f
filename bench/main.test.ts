import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const MAIN = join(import.meta.dirname, 'main.ts')
const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}, nodeOptions: readonly string[] = []) =>
  spawnSync(process.execPath, [...nodeOptions, MAIN, ...args], { env, encoding: 'utf8' })

test('a Redis of its user is refused before anything is measured: benchmarks delete what is in theirs', () => {
  const { status, stdout, stderr } = run(['--quick'], { REDIS_URL: 'redis://127.0.0.1:1' })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toBe('Unset REDIS_URL: npm run bench starts a Redis of its own, and would delete what is in yours.\n')
})

test('an unknown benchmark is refused, with the names of those that there are', () => {
  const { status, stderr } = run(['turns'])
  expect(status).toBe(1)
  expect(stderr).toContain('There is no turns. Say any of: ')
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
  '%s does not end it by itself: what runs at the exit ends the servers',
  (signal) => {
    const sendToItself = `process.once('newListener', () => setImmediate(() => process.kill(process.pid, '${signal}')))`
    const { status, signal: endedBy } = run(['turn', '--quick'], {}, [
      '--import',
      `data:text/javascript,${sendToItself}`,
    ])
    expect({ status, endedBy }).toEqual({ status: 1, endedBy: null })
  },
)
