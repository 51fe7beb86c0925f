import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CompleteResourceTokenAuthCommand, GetResourceOauth2TokenCommand } from '@aws-sdk/client-bedrock-agentcore'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from '../index.ts'
import { askBuiltIn, connectBuiltIn, whoami } from '../test-support/built-in-vendor.ts'
import {
  clientOf,
  connect,
  consent,
  type NotesVendor,
  notesProvider,
  SECRETS,
  startNotesVendor,
  tokenInput,
} from '../test-support/notes-vendor.ts'

async function startBuiltIn() {
  const emulator = await startEmulator({ vendor: true, stateFile })
  running.add(emulator)
  return emulator
}

let directory: string
let stateFile: string
let vendor: NotesVendor
const running = new Set<Emulator>()
beforeAll(async () => {
  vendor = await startNotesVendor()
})
afterAll(() => vendor.close())
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'emulator-state-'))
  stateFile = join(directory, 'state.json')
})
afterEach(async () => {
  await Promise.all([...running].map((emulator) => emulator.close()))
  running.clear()
  await rm(directory, { recursive: true })
})

describe('with a state file', () => {
  test('the next start has the previous access key, vaulted token and workload access token', async () => {
    const first = await start({ stateFile })
    const { workloadAccessToken } = await connect(first)
    // 16.1 s is 16,100.000000000002 ms in floating point.
    first.clock.advance(60)
    first.clock.advance(16.1)
    await stop(first)

    const second = await start({ stateFile })
    expect(second.credentials[0]?.accessKeyId).toBe(first.credentials[0]?.accessKeyId)
    const answer = await clientOf(second).send(new GetResourceOauth2TokenCommand(tokenInput(workloadAccessToken)))
    expect(answer.accessToken).toBe(SECRETS.accessToken)
    expect(second.clock.now().getTime() - Date.now()).toBeGreaterThan(59_000)
  })

  test('a consent continues after a restart, and its code is still valid once', async () => {
    const first = await start({ stateFile })
    const { sessionUri } = await consent(first)
    await stop(first)

    const client = clientOf(await start({ stateFile }))
    const complete = () =>
      client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId: 'alice' } }))
    await complete()
    await expect(complete()).rejects.toThrow('Invalid or expired session')
  })

  test('another emulator does not start on it while one runs, and starts after that one was killed', async () => {
    const first = await start({ stateFile })
    await expect(start({ stateFile })).rejects.toThrow(`is in use by process ${process.pid}`)
    await stop(first)
    // No process has this number.
    await writeFile(`${stateFile}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }))
    await stop(await start({ stateFile }))
  })

  test('an emulator that is closed again does not change it, nor the lock of the next one', async () => {
    const first = await start({ stateFile })
    await Promise.all([stop(first), first.close()])
    const second = await start({ stateFile })
    const content = await readFile(stateFile, 'utf8')
    await first.close()
    expect(await readFile(stateFile, 'utf8')).toBe(content)
    await expect(start({ stateFile })).rejects.toThrow(`is in use by process ${process.pid}`)
    await stop(second)
    expect(await readdir(directory)).toEqual(['state.json'])
  })

  test('that is a symbolic link, the file that it leads to is locked and written', async () => {
    const link = join(directory, 'link.json')
    await symlink(stateFile, link)
    const first = await start({ stateFile })
    await expect(start({ stateFile: link })).rejects.toThrow(`is in use by process ${process.pid}`)
    await stop(first)
    const second = await start({ stateFile: link })
    second.clock.advance(60)
    await stop(second)
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect(JSON.parse(await readFile(stateFile, 'utf8')).snapshot.clockAheadMs).toBe(60_000)
  })

  test('on which another emulator runs, it is not read, because its content may still change', async () => {
    await writeFile(stateFile, 'half of a st')
    const lock = JSON.stringify({ pid: process.ppid, host: hostname() })
    await writeFile(`${stateFile}.lock`, lock)
    await expect(start({ stateFile })).rejects.toThrow(`is in use by process ${process.ppid}`)
    expect(await readFile(`${stateFile}.lock`, 'utf8')).toBe(lock)
  })

  test('an emulator that did not start leaves no lock', async () => {
    await writeFile(stateFile, '[]')
    await expect(start({ stateFile })).rejects.toThrow('is not a state of this version')
    expect(await readdir(directory)).toEqual(['state.json'])
  })

  test('only its owner may read it, and nothing else is left beside it', async () => {
    await stop(await start({ stateFile }))
    expect((await stat(stateFile)).mode & 0o777).toBe(0o600)
    expect(await readdir(directory)).toEqual(['state.json'])
  })

  test('the built-in authorization server knows its tokens again, and its addresses are the new start’s', async () => {
    const first = await startBuiltIn()
    const { token } = await connectBuiltIn(first)
    const { sessionUri } = await askBuiltIn(first, { userId: 'bob' })
    await stop(first)
    // Both starts may get the same port; no start gets this one.
    const file = (await readFile(stateFile, 'utf8')).replaceAll(first.url, 'http://127.0.0.1:9')
    await writeFile(stateFile, file)

    const second = await startBuiltIn()
    expect((await whoami(second, token)).user).toBe('alice')
    const asked = await askBuiltIn(second, { userId: 'carol' })
    expect((await second.consent(asked.sessionUri, { as: 'alice' })).location).toContain(`${second.url}/vendor/return?`)
    await second.consent(sessionUri, { as: 'bob' })
    const userIdentifier = { userId: 'bob' }
    await clientOf(second).send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier }))
    expect(second.calls().at(-1)).toMatchObject({ operation: 'CompleteResourceTokenAuth', status: 200 })
  })

  test('what a browser does at the built-in authorization server is in the file without another call', async () => {
    const emulator = await startBuiltIn()
    const { authorizationUrl } = await askBuiltIn(emulator)
    const left = await fetch(authorizationUrl, { redirect: 'manual' })
    const page = await (await fetch(left.headers.get('location') ?? '')).text()
    const [, request = ''] = /name="request" value="([^"]+)"/.exec(page) ?? []
    const post = (path: string, form: Record<string, string>) =>
      fetch(`${emulator.url}/vendor/${path}`, {
        method: 'POST',
        body: new URLSearchParams({ request, ...form }),
        redirect: 'manual',
      })
    await untilVendor(({ requests }) => requests.length === 1)
    await post('sign-in', { as: 'bob' })
    await untilVendor(({ requests }) => requests[0]?.[1].user === 'bob')
    await post('consent', { decision: 'allow' })
    await untilVendor(({ requests, codes }) => requests.length === 0 && codes.length === 1)
  })

  test.each([{ region: 'eu-west-1' }, { accountId: '210987654321' }])(
    'of another account or Region, with %j it does not start and changes nothing',
    async (other) => {
      await stop(await start({ stateFile }))
      const content = await readFile(stateFile, 'utf8')
      await expect(start({ stateFile, ...other })).rejects.toThrow('the state is of account 123456789012 in us-east-1')
      expect(await readFile(stateFile, 'utf8')).toBe(content)
    },
  )

  test('whose provider has no authorization server that could be used, it does not start', async () => {
    await stop(await start({ stateFile }))
    const content = JSON.parse(await readFile(stateFile, 'utf8'))
    content.snapshot.oauth2Providers[0].server = { tokenEndpoint: 'http://127.0.0.1:1/token' }
    await writeFile(stateFile, JSON.stringify(content))
    await expect(start({ stateFile })).rejects.toThrow('(snapshot.oauth2Providers.0.server)')
  })

  test.each([
    ['cut off in the middle', '{"snapshot":{"version":1,', 'is not valid JSON'],
    ['of another version', '{"snapshot":{"version":1}}', 'is not a state of this version'],
    ['something else', '[]', 'is not a state of this version'],
  ])('that is %s, it does not start and changes nothing', async (_what, content, words) => {
    await writeFile(stateFile, content)
    await expect(start({ stateFile })).rejects.toThrow(words)
    expect(await readFile(stateFile, 'utf8')).toBe(content)
  })

  test('that cannot be written, it does not start', async () => {
    await expect(start({ stateFile: join(directory, 'none', 'state.json') })).rejects.toThrow('cannot be written')
  })

  test('that cannot be read, it does not start', async () => {
    await expect(start({ stateFile: directory })).rejects.toThrow('cannot be read')
  })
})

describe('a snapshot', () => {
  test('of one emulator gives another one its tokens', async () => {
    const first = await start({})
    const { workloadAccessToken } = await connect(first)
    const snapshot = await (await fetch(`${first.url}/_emulator/export`)).json()
    const second = await start({})
    expect((await importInto(second, snapshot)).status).toBe(204)
    const answer = await clientOf(second).send(new GetResourceOauth2TokenCommand(tokenInput(workloadAccessToken)))
    expect(answer.accessToken).toBe(SECRETS.accessToken)
  })

  test('that is invalid is refused, and the state stays', async () => {
    const emulator = await start({})
    const { workloadAccessToken } = await connect(emulator)
    expect((await importInto(emulator, { version: 2, vault: [] })).status).toBe(400)
    const answer = await clientOf(emulator).send(new GetResourceOauth2TokenCommand(tokenInput(workloadAccessToken)))
    expect(answer.accessToken).toBe(SECRETS.accessToken)
  })

  test('is not sent to a page of another site', async () => {
    const emulator = await start({})
    const answer = await fetch(`${emulator.url}/_emulator/export`, { headers: { origin: 'https://attacker.example' } })
    expect(answer.status).toBe(403)
  })
})

const importInto = ({ url }: Emulator, snapshot: unknown) =>
  fetch(`${url}/_emulator/import`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(snapshot),
  })

async function untilVendor(
  isThere: (vendor: { requests: [string, { user?: string }][]; codes: unknown[] }) => boolean,
) {
  while (!isThere(JSON.parse(await readFile(stateFile, 'utf8')).snapshot.vendor)) await delay(10)
}

async function start(more: { stateFile?: string }) {
  const emulator = await startEmulator({ ...more, ...notesProvider(vendor) })
  running.add(emulator)
  return emulator
}

async function stop(emulator: Emulator) {
  running.delete(emulator)
  await emulator.close()
}
