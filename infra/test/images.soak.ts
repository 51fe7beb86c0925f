import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passing } from 'node:timers/promises'
import { NODE_FLAGS } from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { SERVICE_NAMES, type ServiceName } from '../names.ts'
import { makeStandIns, STAND_INS, whatStandInsLack } from './stand-in-images.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const NON_ROOT = 65_532
const MINUTES = 60_000

const lacking = whatStandInsLack()
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: REPOSITORY, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()

const ring = (letter: string) => JSON.stringify({ sealWith: 'k1', k1: letter.repeat(64) })
const environment = (port: number, redisPort: number) => ({
  PORT: String(port),
  PUBLIC_URL: 'https://agents.example.com',
  REDIS_URL: `redis://127.0.0.1:${redisPort}`,
  AWS_REGION: 'us-east-1',
  USER_SESSION_KEYS: ring('a'),
  IDENTITY_ARTIFACT_KEYS: ring('b'),
  USER_TOKENS_KEYS: ring('c'),
  TURN_KEYS: ring('d'),
  OIDC_ISSUER: 'https://issuer.example.com',
  OIDC_CLIENT_ID: 'client',
  OIDC_CLIENT_SECRET: 'secret',
  WORKLOAD_NAME: 'agents',
  AUTHORIZATION_URL_ORIGIN: 'https://bedrock-agentcore.us-east-1.amazonaws.com',
  MODEL_PROVIDER: 'bedrock',
  BEDROCK_MODEL_ID: 'us.amazon.nova-2-lite-v1:0',
})

const describeImages = lacking ? describe.skip : describe
describeImages(lacking ? `the images, because ${lacking}` : 'the images', () => {
  let redis: ChildProcess
  let redisPort: number

  beforeAll(async () => {
    makeStandIns()
    redisPort = await freePort()
    redis = spawn('redis-server', ['--port', String(redisPort), '--save', ''], { stdio: 'ignore' })
  }, 10 * MINUTES)

  afterAll(() => {
    redis.kill()
    run('buildah', 'rmi', ...Object.values(STAND_INS))
  })

  describe.each(SERVICE_NAMES)('%s', (service) => {
    let root: string
    let container: string

    beforeAll(() => {
      build(service)
      container = run('buildah', 'from', '--pull=never', imageOf(service))
      root = mkdtempSync(join(tmpdir(), 'agent-identity-image-'))
      run('mount', '--bind', run('buildah', 'mount', container), root)
      run('mount', '-o', 'remount,ro,bind', root)
      run('mount', '-t', 'proc', 'proc', join(root, 'proc'))
    }, 10 * MINUTES)

    afterAll(() => {
      run('umount', join(root, 'proc'))
      run('umount', root)
      rmdirSync(root)
      run('buildah', 'rm', container)
      run('buildah', 'rmi', imageOf(service))
    })

    test('says that it runs as nobody in particular', () => {
      const config = run(
        'buildah',
        'inspect',
        '--type',
        'image',
        '--format',
        '{{.OCIv1.Config.User}}',
        imageOf(service),
      )
      expect(config).toBe(`${NON_ROOT}:${NON_ROOT}`)
    })

    test('answers /healthz without root and without a disk to write to, and stops when it is told to', async () => {
      const port = await freePort()
      const entry = ['/nodejs/bin/node', '--enable-source-maps', ...NODE_FLAGS[service], '/app/main.js']
      const process = spawn('/usr/sbin/chroot', [`--userspec=${NON_ROOT}:${NON_ROOT}`, root, ...entry], {
        env: environment(port, redisPort),
        stdio: 'ignore',
      })
      expect(await healthOf(port, process)).toBe('200 ok')
      process.kill('SIGTERM')
      expect(await once(process, 'exit')).toEqual([0, null])
    })
  })
})

const imageOf = (service: ServiceName) => `localhost/agent-identity-${service}`

function build(service: ServiceName): void {
  const settings = { SERVICE: service, BUILD_IMAGE: STAND_INS.build, RUNTIME_IMAGE: STAND_INS.runtime }
  const args = Object.entries(settings).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const file = 'infra/images/Dockerfile'
  const files = ['--file', file, '--ignorefile', `${file}.dockerignore`]
  run(
    'buildah',
    'bud',
    '--isolation',
    'chroot',
    '--pull=never',
    '--quiet',
    ...args,
    ...files,
    '--tag',
    imageOf(service),
    '.',
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** Asks until there is an answer, or the process is gone. */
async function healthOf(port: number, process: ChildProcess): Promise<string> {
  while (process.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined)
    if (answer) return `${answer.status} ${await answer.text()}`
    await passing(100)
  }
  return `it ended with ${process.exitCode}`
}
