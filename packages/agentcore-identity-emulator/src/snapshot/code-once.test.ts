import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompleteResourceTokenAuthCommand } from '@aws-sdk/client-bedrock-agentcore'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '../index.ts'
import { clientOf, consent, type NotesVendor, notesProvider, startNotesVendor } from '../test-support/notes-vendor.ts'

let directory: string
let stateFile: string
/** A copy of the state file that a kill would leave while the vendor has the code. */
let left: string
let vendor: NotesVendor
let tokenRequests: number
const running = new Set<Emulator>()
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'emulator-code-once-'))
  stateFile = join(directory, 'state.json')
  left = join(directory, 'left.json')
  tokenRequests = 0
  vendor = await startNotesVendor({
    onTokenRequest: async () => {
      tokenRequests += 1
      await copyFile(stateFile, left)
    },
  })
})
afterEach(async () => {
  await Promise.allSettled([...running].map((emulator) => emulator.close()))
  running.clear()
  await vendor.close()
  await rm(directory, { recursive: true })
})

async function start(stateFile: string) {
  const emulator = await startEmulator({ stateFile, ...notesProvider(vendor) })
  running.add(emulator)
  return emulator
}

async function startWithCode() {
  const before = await start(stateFile)
  const { sessionUri } = await consent(before)
  await before.close()
  return { emulator: await start(stateFile), sessionUri }
}

const complete = (emulator: Emulator, sessionUri: string) =>
  clientOf(emulator).send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId: 'alice' } }))

test('a code that the vendor has is not sent again when the emulator was killed before the answer', async () => {
  const { emulator, sessionUri } = await startWithCode()
  await complete(emulator, sessionUri)
  const next = await start(left)
  await expect(complete(next, sessionUri)).rejects.toThrow('Invalid or expired session')
  expect(tokenRequests).toBe(1)
})

test('a code is not sent by an emulator whose state file is another one’s, which can send it', async () => {
  const { emulator, sessionUri } = await startWithCode()
  await writeFile(`${stateFile}.lock`, JSON.stringify({ pid: 1, host: 'another-container', id: 'another' }))
  const other = await start(stateFile)
  await expect(complete(emulator, sessionUri)).rejects.toThrow('An internal error occurred')
  expect(tokenRequests).toBe(0)
  await complete(other, sessionUri)
  expect(tokenRequests).toBe(1)
  expect(JSON.parse(await readFile(left, 'utf8')).snapshot.sessions[0].status).toBe('completing')
})

test('a code that was not sent because the state could not be saved is sent by a retry', async () => {
  const { emulator, sessionUri } = await startWithCode()
  const lock = await readFile(`${stateFile}.lock`)
  await writeFile(`${stateFile}.lock`, JSON.stringify({ pid: 1, host: 'another-container', id: 'another' }))
  await expect(complete(emulator, sessionUri)).rejects.toThrow('An internal error occurred')
  await writeFile(`${stateFile}.lock`, lock)
  await complete(emulator, sessionUri)
  expect(tokenRequests).toBe(1)
  await expect(complete(emulator, sessionUri)).rejects.toThrow('Invalid or expired session')
  expect(tokenRequests).toBe(1)
})
