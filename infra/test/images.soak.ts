import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as passing } from 'node:timers/promises'
import { NODE_FLAGS } from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CONTAINER_NAMES, type ContainerName } from '../names.ts'
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
  CONNECTION_KEYS: ring('e'),
  MCP_KEYS: ring('f'),
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

  describe.each(CONTAINER_NAMES)('%s', (service) => {
    let image: MountedImage
    beforeAll(() => {
      build(service)
      image = mountImage(imageOf(service))
    }, 10 * MINUTES)
    afterAll(() => image.remove())

    test('has an unprivileged user', () => {
      expect(configOf(imageOf(service)).User).toBe(`${NON_ROOT}:${NON_ROOT}`)
    })

    test('answers /healthz without root and without a writable disk, and stops on SIGTERM', async () => {
      const port = await freePort()
      const entry = ['/nodejs/bin/node', '--enable-source-maps', ...NODE_FLAGS[service], '/app/main.js']
      const process = image.start(entry, environment(port, redisPort))
      expect(await answerOf(`http://127.0.0.1:${port}/healthz`, process)).toBe('200 ok')
      process.kill('SIGTERM')
      expect(await once(process, 'exit')).toEqual([0, null])
    })
  })

  describe('the emulator', () => {
    const EMULATOR = 'packages/agentcore-identity-emulator'
    const name = 'localhost/agentcore-identity-emulator'
    let image: MountedImage
    beforeAll(() => {
      rmSync(join(REPOSITORY, EMULATOR, 'dist/image'), { recursive: true, force: true })
      run(process.execPath, `${EMULATOR}/pack/main.ts`, `${EMULATOR}/dist/image`)
      buildImage({
        file: `${EMULATOR}/Dockerfile`,
        context: EMULATOR,
        tag: name,
        settings: { RUNTIME_IMAGE: STAND_INS.runtime },
      })
      image = mountImage(name)
    }, 10 * MINUTES)
    afterAll(() => image.remove())

    test('runs with the image’s command, without root and on a read-only disk, and stops on SIGTERM', async () => {
      const { User: user, Entrypoint: entry } = configOf(name)
      expect(user).toBe(`${NON_ROOT}:${NON_ROOT}`)
      const port = await freePort()
      const child = image.start([...entry, '--port', String(port), '--control-host', 'emulator'], {})
      const calls = (host: string) => answerOf(`http://127.0.0.1:${port}/_emulator/calls`, child, { host })
      expect(await calls('emulator')).toBe('200 []')
      expect(await calls('elsewhere')).toContain('403')
      child.kill('SIGTERM')
      expect(await once(child, 'exit')).toEqual([0, null])
    })
  })
})

const imageOf = (service: ContainerName) => `localhost/agent-identity-${service}`

interface MountedImage {
  start(entry: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess
  /** Removes the image too. */
  remove(): void
}

function mountImage(image: string): MountedImage {
  const container = run('buildah', 'from', '--pull=never', image)
  const root = mkdtempSync(join(tmpdir(), 'agent-identity-image-'))
  run('mount', '--bind', run('buildah', 'mount', container), root)
  run('mount', '-o', 'remount,ro,bind', root)
  run('mount', '-t', 'proc', 'proc', join(root, 'proc'))
  return {
    start: (entry, environment) =>
      spawn('/usr/sbin/chroot', [`--userspec=${NON_ROOT}:${NON_ROOT}`, root, ...entry], {
        env: { ...Object.fromEntries(configOf(image).Env.map(nameAndValue)), ...environment },
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
    remove() {
      run('umount', join(root, 'proc'))
      run('umount', root)
      rmdirSync(root)
      run('buildah', 'rm', container)
      run('buildah', 'rmi', image)
    },
  }
}

const nameAndValue = (line: string) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const

function configOf(image: string): { User: string; Entrypoint: string[]; Env: string[] } {
  return JSON.parse(run('buildah', 'inspect', '--type', 'image', image)).OCIv1.config
}

function build(service: ContainerName): void {
  const settings = { SERVICE: service, BUILD_IMAGE: STAND_INS.build, RUNTIME_IMAGE: STAND_INS.runtime }
  buildImage({ file: 'infra/images/Dockerfile', context: '.', tag: imageOf(service), settings })
}

interface Build {
  file: string
  context: string
  tag: string
  settings: Readonly<Record<string, string>>
}

function buildImage({ file, context, tag, settings }: Build): void {
  const args = Object.entries(settings).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])
  const files = ['--file', file, '--ignorefile', `${file}.dockerignore`]
  run('buildah', 'bud', '--isolation', 'chroot', '--pull=never', '--quiet', ...args, ...files, '--tag', tag, context)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

async function answerOf(url: string, process: ChildProcess, headers: OutgoingHttpHeaders = {}): Promise<string> {
  while (process.exitCode === null) {
    const answer = await get(url, headers).catch(() => undefined)
    if (answer) return answer
    await passing(100)
  }
  return `it ended with ${process.exitCode}`
}

/** fetch sets the Host itself. */
async function get(url: string, headers: OutgoingHttpHeaders): Promise<string> {
  const sent = request(url, { headers, agent: false }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return `${answer.statusCode} ${await text(answer)}`
}
