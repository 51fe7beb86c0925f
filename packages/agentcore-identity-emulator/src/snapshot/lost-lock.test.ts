import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Changes } from '../control/changes.ts'
import { type Emulator, startEmulator } from '../index.ts'
import { silentLog } from '../log.ts'
import { keepState } from './keep-state.ts'
import type { StateFile } from './state-file.ts'

let directory: string
let stateFile: string
const running = new Set<Emulator>()
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'emulator-lost-lock-'))
  stateFile = join(directory, 'state.json')
})
afterEach(async () => {
  await Promise.allSettled([...running].map((emulator) => emulator.close()))
  running.clear()
  await rm(directory, { recursive: true })
})

async function start() {
  const emulator = await startEmulator({ stateFile })
  running.add(emulator)
  return emulator
}

test('an emulator whose lock one of another container has replaced does not write the file any more', async () => {
  const first = await start()
  await writeFile(`${stateFile}.lock`, JSON.stringify({ pid: 1, host: 'another-container', id: 'another' }))
  const second = await start()
  const content = await readFile(stateFile, 'utf8')
  first.clock.advance(600)
  await expect(first.close()).rejects.toThrow('another emulator uses it, or its lock was deleted')
  expect(await readFile(stateFile, 'utf8')).toBe(content)
  await expect(start()).rejects.toThrow(`is in use by process ${process.pid}`)
  second.clock.advance(60)
  await second.close()
  expect(JSON.parse(await readFile(stateFile, 'utf8')).snapshot.clockAheadMs).toBe(60_000)
})

test('a write that is under way when the lock is replaced does not replace the file', async () => {
  await writeFile(stateFile, 'of the emulator that took over')
  let isHeld = true
  const keeper = keepState({
    file: stateFile,
    changes: new Changes(),
    content() {
      isHeld = false
      return {} as StateFile
    },
    log: silentLog,
    lock: { isHeld: () => isHeld, release() {} },
  })
  await expect(keeper.started).rejects.toThrow('cannot be written')
  expect(await readFile(stateFile, 'utf8')).toBe('of the emulator that took over')
  expect(await readdir(directory)).toEqual(['state.json'])
})
