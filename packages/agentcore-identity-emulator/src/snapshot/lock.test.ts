import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'

/** Called once, right after the next read of a lock. */
let meanwhile: (() => void) | undefined
let diskIsFull = false
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  readFileSync(path: string, encoding: 'utf8') {
    const text = fs.readFileSync(path, encoding)
    const happens = meanwhile
    meanwhile = undefined
    happens?.()
    return text
  },
  writeFileSync(path: string, text: string, options: fs.WriteFileOptions) {
    fs.writeFileSync(path, diskIsFull ? '' : text, options)
    if (diskIsFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  },
}))
const { lockStateFile } = await import('./lock.ts')

let directory: string
let file: string
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), 'emulator-lock-'))
  file = join(directory, 'state.json')
})
afterEach(() => {
  meanwhile = undefined
  diskIsFull = false
  fs.rmSync(directory, { recursive: true })
})

const contentOf = (pid: number) => JSON.stringify({ pid, host: hostname() })
/** Linux and macOS give no process a number as large as this. */
const DEAD = contentOf(2 ** 22 + 1)
const ANOTHER = contentOf(process.ppid)

test('of two starts that find the lock of a killed one, the second finds that the first has replaced it', () => {
  fs.writeFileSync(`${file}.lock`, DEAD)
  meanwhile = () => fs.writeFileSync(`${file}.lock`, ANOTHER)
  expect(() => lockStateFile(file)).toThrow(`is in use by process ${process.ppid}`)
  expect(fs.readFileSync(`${file}.lock`, 'utf8')).toBe(ANOTHER)
  expect(fs.readdirSync(directory)).toEqual(['state.json.lock'])
})

test('a lock that is deleted while it is about to be replaced is in use by no emulator', () => {
  fs.writeFileSync(`${file}.lock`, DEAD)
  meanwhile = () => fs.rmSync(`${file}.lock`)
  const lock = lockStateFile(file)
  expect([lock.isHeld(), fs.readdirSync(directory)]).toEqual([true, ['state.json.lock']])
  lock.release()
})

test('a lock that cannot be written leaves no file', () => {
  diskIsFull = true
  expect(() => lockStateFile(file)).toThrow('cannot be written')
  expect(fs.readdirSync(directory)).toEqual([])
})

test('a process knows its own lock by every path of the file, and in another copy of the module', async () => {
  const link = join(directory, 'link')
  fs.symlinkSync(directory, link)
  const lock = lockStateFile(file)
  jest.resetModules()
  const copy = await import('./lock.ts')
  expect(copy.lockStateFile).not.toBe(lockStateFile)
  for (const path of [relative(process.cwd(), file), join(link, 'state.json')])
    for (const take of [lockStateFile, copy.lockStateFile])
      expect(() => take(path)).toThrow(`is in use by process ${process.pid}`)
  lock.release()
  copy.lockStateFile(relative(process.cwd(), file)).release()
  expect(fs.readdirSync(directory)).toEqual(['link'])
})

test('a lock that is no longer held stays when it is released', () => {
  const lock = lockStateFile(file)
  expect(lock.isHeld()).toBe(true)
  fs.writeFileSync(`${file}.lock`, ANOTHER)
  expect(lock.isHeld()).toBe(false)
  lock.release()
  expect(fs.readFileSync(`${file}.lock`, 'utf8')).toBe(ANOTHER)

  fs.writeFileSync(`${file}.lock`, DEAD)
  const next = lockStateFile(file)
  lock.release()
  expect(() => lockStateFile(file)).toThrow(`is in use by process ${process.pid}`)
  next.release()
  expect(fs.readdirSync(directory)).toEqual([])
})

test('a lock is not replaced while another start replaces it, and is replaced after that start was killed', () => {
  fs.writeFileSync(`${file}.lock`, DEAD)
  const replacing = `${file}.lock.${createHash('sha256').update(DEAD).digest('hex').slice(0, 16)}`
  fs.writeFileSync(replacing, ANOTHER)
  expect(() => lockStateFile(file)).toThrow(`is in use by process ${process.ppid}`)
  expect(fs.readFileSync(`${file}.lock`, 'utf8')).toBe(DEAD)

  fs.writeFileSync(replacing, DEAD)
  const lock = lockStateFile(file)
  expect(JSON.parse(fs.readFileSync(`${file}.lock`, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() })
  expect(() => lockStateFile(file)).toThrow(`is in use by process ${process.pid}`)
  lock.release()
  expect(fs.readdirSync(directory)).toEqual([])
})
