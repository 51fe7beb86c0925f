import { randomUUID } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { startEmulator } from '../index.ts'

let directory: string
let stateFile: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'emulator-state-file-'))
  stateFile = join(directory, 'state.json')
})
afterEach(() => rm(directory, { recursive: true }))

test('what a killed process left of a write of this file is deleted at the start, and nothing else', async () => {
  const others = [`other.json.${randomUUID()}.tmp`, `state.json.${randomUUID()}`, 'state.json.tmp', 'state.json.1.tmp']
  for (const name of [...others, `state.json.${randomUUID()}.tmp`, `state.json.${randomUUID()}.tmp`])
    await writeFile(join(directory, name), '{"accessKey":')
  const emulator = await startEmulator({ stateFile })
  try {
    expect((await readdir(directory)).sort()).toEqual([...others, 'state.json', 'state.json.lock'].sort())
  } finally {
    await emulator.close()
  }
})

test('an emulator that is refused because another one runs on the file deletes nothing of it', async () => {
  const emulator = await startEmulator({ stateFile })
  try {
    const writing = `state.json.${randomUUID()}.tmp`
    await writeFile(join(directory, writing), '{"accessKey":')
    await expect(startEmulator({ stateFile })).rejects.toThrow('is in use by process')
    expect(await readdir(directory)).toContain(writing)
  } finally {
    await emulator.close()
  }
})

test('an emulator that cannot delete what was left does not start, and leaves no lock', async () => {
  const left = `state.json.${randomUUID()}.tmp`
  await mkdir(join(directory, left))
  await expect(startEmulator({ stateFile })).rejects.toThrow('left beside')
  expect(await readdir(directory)).toEqual([left])
})

test('a symbolic link to a file that is not there yet stays, and the file is made', async () => {
  await mkdir(join(directory, 'there', 'links'), { recursive: true })
  await symlink('there/links', join(directory, 'here'))
  const link = join(directory, 'here', 'link.json')
  await symlink('../state.json', link)
  const emulator = await startEmulator({ stateFile: link })
  await emulator.close()
  expect((await readdir(join(directory, 'there'))).sort()).toEqual(['links', 'state.json'])
  expect((await lstat(link)).isSymbolicLink()).toBe(true)
})
