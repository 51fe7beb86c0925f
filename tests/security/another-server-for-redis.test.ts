import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { connectRedis, connectSubscriber, createLogger, type RedisSettings } from '@agent-identity/service-runtime'
import { afterAll, expect, test } from '@jest/globals'
import { makeCertificate } from '../resilience/support/certificates.ts'

const certificate = makeCertificate()
afterAll(() => certificate.remove())
const log = createLogger({ service: 'test', level: 'silent' })

/** Its certificate is not trusted. It answers every command with OK. */
async function startImpostor() {
  const told: string[] = []
  const left = Promise.withResolvers<void>()
  const server = createServer(
    { cert: readFileSync(certificate.certificateFile), key: readFileSync(certificate.keyFile) },
    (socket) => {
      socket.on('error', () => undefined).on('close', left.resolve)
      socket.on('data', (bytes) => {
        told.push(bytes.toString())
        socket.write('+OK\r\n'.repeat(bytes.toString().match(/^\*/gm)?.length ?? 1))
      })
    },
  )
  server.on('tlsClientError', () => left.resolve())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, told, left: left.promise, stop: () => once(server.close(), 'close') }
}

const PURPOSES = ['commands', 'blocking', 'subscriptions'] as const

test.each(
  PURPOSES.flatMap((purpose) => (['single', 'cluster'] as const).map((topology) => [purpose, topology] as const)),
)('a server with an untrusted certificate receives nothing: %s, %s', async (purpose, topology) => {
  const impostor = await startImpostor()
  const settings: RedisSettings = {
    REDIS_URL: `rediss://localhost:${impostor.port}`,
    REDIS_USERNAME: 'agent-workload',
    REDIS_PASSWORD: 'hunter2',
    REDIS_TOPOLOGY: topology,
  }
  const clients = [connectRedis(settings, purpose === 'blocking' ? 'blocking' : 'commands', log)]
  const [commands] = clients
  const client = purpose === 'subscriptions' && commands ? connectSubscriber(settings, commands, log) : commands
  try {
    const believed = new Promise<string>((resolve) => client?.once('ready', () => resolve('believed')))
    expect(await Promise.race([believed, impostor.left.then(() => 'left')])).toBe('left')
    expect(impostor.told).toEqual([])
  } finally {
    for (const one of [...clients, client]) one?.disconnect()
    await impostor.stop()
  }
})
