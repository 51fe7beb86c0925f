import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { findDemo } from './find-demo.ts'

const self = [{ pid: process.pid, url: 'http://127.0.0.1:1' }]
const key = { accessKeyId: 'id', secretAccessKey: 'secret' }
const demo = {
  pid: process.pid,
  app: 'http://127.0.0.1:1',
  signIn: 'http://127.0.0.1:8081',
  agentcoreIdentity: 'http://127.0.0.1:8082',
  vendors: {},
  redis: 'redis://127.0.0.1:6379',
  users: [],
  processes: { 'agent-workload': self, 'session-binding': self, 'agentcore-identity': self, redis: self },
  awsRegion: 'us-east-1',
  awsCredentials: { 'agent-workload': key, 'session-binding': key, administrator: key },
  deployment: { workloadName: 'agent-workload', credentialProviders: {} },
}

describe('looking for a demo', () => {
  let folder: string
  const file = (port: number, content: object) => writeFileSync(join(folder, `${port}.json`), JSON.stringify(content))

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'agent-identity-demos-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('finds it by its port while the app answers there; else it was killed, although its process ids are in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const running = { ...demo, app: `http://127.0.0.1:${port}` }
    file(port, running)
    try {
      expect(await findDemo(port, folder)).toEqual(running)
    } finally {
      server.close()
    }
    file(port, demo)
    await expect(findDemo(port, folder)).rejects.toThrow(`The demo on port ${port} was killed: start it again`)
  })

  test('explains how to start one when none runs', async () => {
    await expect(findDemo(8080, folder)).rejects.toThrow(
      'No demo runs on port 8080: start one (npm run demo -- --port 8080).',
    )
  })

  test('names the ports of those that run', async () => {
    file(20_000, demo)
    file(8080, demo)
    await expect(findDemo(9000, folder)).rejects.toThrow(
      'No demo runs on port 9000: give --port with one of 8080, 20000.',
    )
  })

  test('ignores one that was killed', async () => {
    file(8080, {
      ...demo,
      processes: { 'agent-workload': [], 'session-binding': [], 'agentcore-identity': [], redis: [] },
    })
    await expect(findDemo(8080, folder)).rejects.toThrow('The demo on port 8080 was killed: start it again')
  })
})
