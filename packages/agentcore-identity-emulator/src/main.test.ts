import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'

let directory: string
const running = new Set<ChildProcess>()
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'emulator-'))
})
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})
afterAll(() => rm(directory, { recursive: true }))

function start(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args])
  running.add(child)
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk) => {
      output[stream] += chunk
    })
  }
  const exited = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }))
  return { child, output, exited }
}

async function configure(content: unknown) {
  const file = join(directory, `${crypto.randomUUID()}.json`)
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

describe('the command', () => {
  test('--help names every option and exits', async () => {
    const { code, stdout } = await start('--help').exited
    expect(code).toBe(0)
    for (const option of [
      '--port',
      '--host',
      '--region',
      '--public-url',
      '--operation-host',
      '--control-host',
      '--config',
      '--credential',
      '--with-vendor',
      '--state',
      '--json',
      '--help',
    ]) {
      expect(stdout).toContain(option)
    }
  })

  test('--json prints one ready line, answers, logs to standard error, and ends on SIGTERM', async () => {
    const config = await configure({
      credentials: [{ accessKeyId: 'A', secretAccessKey: 'secret-a', principal: 'agent' }],
      workloadIdentities: [{ name: 'agent' }],
    })
    const { child, output, exited } = start('--port', '0', '--config', config, '--credential', 'B:secret-b', '--json')
    await once(child.stdout, 'data')
    const ready = JSON.parse(output.stdout)
    expect(ready).toEqual({
      event: 'ready',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      region: 'us-east-1',
      credentials: [
        { accessKeyId: 'A', secretAccessKey: 'secret-a', principal: 'arn:aws:iam::123456789012:user/agent' },
        { accessKeyId: 'B', secretAccessKey: 'secret-b', principal: 'arn:aws:iam::123456789012:user/B' },
      ],
    })
    expect((await fetch(`${ready.url}/identities/GetWorkloadIdentity`, { method: 'POST' })).status).toBe(403)
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await exited
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(JSON.parse(stderr.trim())).toMatchObject({
      operation: 'GetWorkloadIdentity',
      status: 403,
      error: 'MissingAuthenticationTokenException',
    })
  })

  test('a second signal, also of another kind, ends it while a call is in progress', async () => {
    const { child, output, exited } = start('--port', '0', '--json')
    await once(child.stdout, 'data')
    const { port } = new URL(JSON.parse(output.stdout).url)
    const caller = connect(Number(port), '127.0.0.1').on('error', () => {})
    // The server reads the headers, answers “100 Continue” and waits for the body.
    caller.write(
      'POST /identities/GetTokenVault HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n',
    )
    await once(caller, 'data')
    child.kill('SIGTERM')
    child.kill('SIGINT')
    expect((await exited).code).toBe(1)
  })

  test('without --json prints the variables to export, with a generated credential', async () => {
    const { child, output } = start('--port', '0')
    await once(child.stdout, 'data')
    for (const name of [
      'AWS_ENDPOINT_URL_BEDROCK_AGENTCORE',
      'AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL',
      'AWS_REGION',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
    ]) {
      expect(output.stdout).toMatch(new RegExp(`^export ${name}=\\S+$`, 'm'))
    }
    expect(output.stdout).toMatch(
      /^ {2}http:\/\/127\.0\.0\.1:\d+\/vendor\/return\n.* provider, vendor, .* alice and bob\.$/m,
    )
  })

  test.each([
    ['emulator.mjs', /Wait\.forLogMessage\('(.+)'\)/],
    ['conftest.py', /wait_for_logs\(container, "(.+)"\)/],
  ])('without --json prints the text that recipes/testcontainers/%s waits for', async (file, wait) => {
    const recipe = await readFile(join(import.meta.dirname, '../recipes/testcontainers', file), 'utf8')
    const [, awaited = 'the recipe waits for no text'] = wait.exec(recipe) ?? []
    const { child, output } = start('--port', '0')
    await once(child.stdout, 'data')
    expect(output.stdout).toContain(awaited)
  })

  test('a port in use is one clear sentence and exit 1', async () => {
    const { child, output } = start('--port', '0', '--json')
    await once(child.stdout, 'data')
    const { port } = new URL(JSON.parse(output.stdout).url)
    const { code, stdout, stderr } = await start('--port', port).exited
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(`Port ${port} on 127.0.0.1 is in use: stop what uses it, or choose another with --port\n`)
  })

  test.each<[string, unknown, string[]]>([
    ['several mistakes', { region: 'x', port: 'SECRET', unknown: 1 }, ['- port: ', '- region: ', '- options: ']],
    ['null for a list', { oauth2CredentialProviders: null }, ['- oauth2CredentialProviders: ']],
    ['no JSON', '{"secretAccessKey":"SECRET",', ['is not valid JSON']],
    ['no object', '[]', ['must be a JSON object']],
  ])('a configuration with %s is refused, all in one message without values', async (_case, content, parts) => {
    const { code, stderr } = await start('--config', await configure(content)).exited
    expect(code).toBe(1)
    for (const part of parts) expect(stderr).toContain(part)
    expect(stderr).not.toContain('SECRET')
  })

  test('the error names a missing configuration file', async () => {
    const { code, stderr } = await start('--config', join(directory, 'none.json')).exited
    expect(code).toBe(1)
    expect(stderr).toContain('none.json cannot be read')
  })
})
