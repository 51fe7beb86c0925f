import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readConfig } from '../config.ts'
import { type ChildProcesses, createChildProcesses, type LogLine } from './child-processes.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'

const environment = { PATH: readConfig().systemVariables.PATH ?? '' }

let directory: string
let watchdog: Watchdog
let children: ChildProcesses
let log: LogLine[]
let unexpected: Error[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'child-processes-'))
  watchdog = startWatchdog(directory)
  log = []
  unexpected = []
  children = createChildProcesses({
    watchdog,
    log: (line) => log.push(line),
    onUnexpectedEnd: (error) => unexpected.push(error),
  })
})
afterEach(async () => {
  await watchdog.release()
  await rm(directory, { recursive: true, force: true })
})

const sh = (script: string, onLine?: (line: string) => boolean) =>
  children.start({ name: 'child', command: 'sh', args: ['-c', script], environment, ...(onLine ? { onLine } : {}) })

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('child processes', () => {
  test('log their output, except a line that is consumed', async () => {
    await sh('echo one; echo secret; echo two >&2', (line) => line === 'secret').ended
    expect(log.map(({ line }) => line).sort()).toEqual(['one', 'two'])
  })

  test('inherit no variable', async () => {
    await sh('env').ended
    const names = log.map(({ line }) => line.split('=')[0])
    expect(names.filter((name) => !['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? ''))).toEqual([])
  })

  test('are reported, with their last output, when they end by themselves', async () => {
    await sh('echo port in use; exit 3').ended
    expect(unexpected.map(({ message }) => message)).toEqual(['child ended with code 3.\n  port in use'])
  })

  test('end without a report when they are stopped', async () => {
    const { pid, stop } = sh('exec sleep 60')
    await stop()
    expect(isAlive(pid)).toBe(false)
    expect(unexpected).toEqual([])
  })
})

describe('the watchdog', () => {
  test('ends the children and removes the directory when their parent is killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { spawn } from 'node:child_process'
         import { startWatchdog } from ${JSON.stringify(join(import.meta.dirname, 'watchdog.ts'))}
         const watchdog = startWatchdog(process.argv[1])
         const scripts = ['exec sleep 60', 'trap "" TERM; while :; do sleep 1; done']
         const pids = scripts.map((script) => spawn('sh', ['-c', script], { stdio: 'ignore' }).pid)
         watchdog.watch(pids)
         console.log(JSON.stringify(pids))`,
        directory,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: environment },
    )
    const [line] = await once(parent.stdout, 'data')
    const pids = JSON.parse(String(line)) as number[]
    expect(pids.every(isAlive)).toBe(true)
    parent.kill('SIGKILL')

    const deadline = Date.now() + 120_000
    while ((pids.some(isAlive) || existsSync(directory)) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(pids.filter(isAlive)).toEqual([])
    expect(existsSync(directory)).toBe(false)
  })
})
