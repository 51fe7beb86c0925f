import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { exportLines } from './client-environment.ts'
import { isForwarded } from './run-with.ts'

const PRINT = `
const { AWS_SESSION_TOKEN, AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: url } = process.env
const answer = await fetch(url + '/_emulator/calls')
console.log(JSON.stringify({ AWS_SESSION_TOKEN, AWS_PROFILE, AWS_DEFAULT_PROFILE, url, status: answer.status }))
process.exit(7)`

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'emulator-command-'))
})
afterAll(() => rm(directory, { recursive: true }))

const run = (...args: string[]) => outputOf(start(...args))

const start = (...args: string[]) =>
  spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), ...args], {
    cwd: directory,
    // biome-ignore lint/style/noProcessEnv: the test sets variables of another account.
    env: { ...process.env, AWS_SESSION_TOKEN: 'stray', AWS_PROFILE: 'work', AWS_DEFAULT_PROFILE: 'work' },
  })

async function outputOf(child: ReturnType<typeof start>) {
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk) => {
      output[stream] += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code, ...output }
}

test('exec runs a command with a running emulator, without variables of another account, and exits with its status', async () => {
  const { code, stdout } = await run('exec', '--', process.execPath, '--input-type=module', '-e', PRINT)
  const seen = JSON.parse(stdout)
  expect(seen).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), status: 200 })
  expect(code).toBe(7)
})

// On Linux, `/proc/self/fdinfo` shows how a descriptor is open.
const testOnLinux = process.platform === 'linux' ? test : test.skip
testOnLinux('exec does not make the standard input of its command non-blocking', async () => {
  const print = 'console.log(require("node:fs").readFileSync("/proc/self/fdinfo/0", "utf8"))'
  const { code, stdout } = await run('exec', '--', process.execPath, '-e', print)
  expect(code).toBe(0)
  const [, flags = 'none'] = /^flags:\s*(\d+)$/m.exec(stdout) ?? []
  expect(flags).not.toBe('none')
  expect(Number.parseInt(flags, 8) & constants.O_NONBLOCK).toBe(0)
})

test('exec listens on the port of its configuration file, unless an argument names another', async () => {
  const file = join(directory, 'with-port.json')
  // The port stays in use: another process could take a free one.
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    await writeFile(file, JSON.stringify({ port }))
    const printed = ['--config', file, '--', process.execPath, '--input-type=module', '-e', PRINT]
    const [configured, named] = [await run('exec', ...printed), await run('exec', '--port', '0', ...printed)]
    expect(configured).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`),
    })
    expect(JSON.parse(named.stdout)).toMatchObject({ status: 200 })
  } finally {
    server.close()
  }
})

test('exec on the host 0.0.0.0 gives its command an address that can be called', async () => {
  const { stdout } = await run('exec', '--host', '0.0.0.0', '--', process.execPath, '--input-type=module', '-e', PRINT)
  expect(JSON.parse(stdout)).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), status: 200 })
})

test('a state that cannot be written when a signal ends the emulator is a message and exit status 1', async () => {
  const stateFile = join(await mkdtemp(join(directory, 'state-')), 'state.json')
  const child = start('--port', '0', '--json', '--state', stateFile)
  const ended = outputOf(child)
  await once(child.stdout, 'data')
  // The lock file stays: without it, the emulator would not write.
  await rm(stateFile)
  await mkdir(stateFile)
  child.kill('SIGTERM')
  const { code, stderr } = await ended
  expect([code, stderr]).toEqual([1, expect.stringContaining('EISDIR')])
  // Node prints its version after an uncaught error.
  expect(stderr).not.toContain(`Node.js ${process.version}`)
})

test.each([
  ['SIGINT', true, false],
  ['SIGHUP', true, false],
  ['SIGTERM', true, true],
  ['SIGINT', false, true],
] as const)('%s, with a terminal: %s, reaches the command through exec: %s', (signal, onTerminal, forwarded) => {
  expect(isForwarded(signal, onTerminal)).toBe(forwarded)
})

test('exec of a missing command exits with 127, and without a command with 1', async () => {
  const [missing, none] = await Promise.all([run('exec', '--', join(directory, 'none')), run('exec')])
  expect(missing).toMatchObject({ code: 127, stderr: expect.stringContaining('not found') })
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('say what to run') })
})

test('init writes a configuration that can be used unchanged, and does not replace a file', async () => {
  expect(await run('init')).toMatchObject({ code: 0, stdout: expect.stringContaining('emulator.jsonc') })
  const text = await readFile(join(directory, 'emulator.jsonc'), 'utf8')
  const [started, again] = await Promise.all([
    run('exec', '--config', 'emulator.jsonc', '--', process.execPath, '-e', ''),
    run('init'),
  ])
  expect(started).toMatchObject({ code: 0, stderr: '' })
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') })
  expect(await readFile(join(directory, 'emulator.jsonc'), 'utf8')).toBe(text)
})

test.each([
  ['pytest/conftest.py', 'patch.delenv\\("NAME", raising=False\\)'],
  // Go's SDK takes an empty variable for an absent one.
  ['go/emulator_test.go', '"NAME": +"",'],
])('the recipe %s removes such variables, too', async (file, removal) => {
  const recipe = await readFile(join(import.meta.dirname, '../../recipes', file), 'utf8')
  for (const name of ['AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE'])
    expect(recipe).toMatch(new RegExp(removal.replace('NAME', name)))
})

test('a value with special characters is quoted, and conflicting variables are unset', () => {
  expect(exportLines({ A: "it's $HOME", B: 'a/b+c=', AWS_SESSION_TOKEN: undefined })).toBe(
    `export A='it'\\''s $HOME'\nexport B=a/b+c=\nunset AWS_SESSION_TOKEN`,
  )
})
