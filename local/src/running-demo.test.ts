import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { LocalStack } from './local-stack.ts'
import { announceDemo, findRunningDemo, portsOfRunningDemos } from './running-demo.ts'

const self = { pid: process.pid, url: 'http://127.0.0.1:1' }
const ended = { pid: spawnSync(process.execPath, ['--version']).pid, url: 'http://127.0.0.1:1' }
const key = (of: string) => ({ accessKeyId: `id of ${of}`, secretAccessKey: `secret of ${of}` })

const stackAt = (port: number, child = self): Omit<LocalStack, 'stop'> => ({
  app: `http://localhost:${port}`,
  signIn: `http://127.0.0.1:${port + 1}`,
  agentcoreIdentity: `http://127.0.0.1:${port + 2}`,
  vendors: { github: `http://127.0.0.1:${port + 3}`, 'google-calendar': `http://127.0.0.1:${port + 4}` },
  redis: 'redis://127.0.0.1:6379',
  users: [{ username: 'alice', password: 'of alice' }],
  processes: { 'agent-workload': [child], 'session-binding': [child], 'agentcore-identity': [child], redis: [] },
  awsRegion: 'us-east-1',
  awsCredentials: {
    'agent-workload': key('agent workload'),
    'session-binding': key('session binding'),
    administrator: key('administrator'),
  },
  deployment: {
    workloadName: 'agent-workload',
    credentialProviders: { github: 'github', 'google-calendar': 'google-calendar', profile: 'profile' },
    taskRolePolicies: { 'agent-workload': [], 'session-binding': [] },
  },
  environments: { 'agent-workload': { TURN_KEYS: 'a key ring' }, 'session-binding': {} },
})

describe('the file of a running demo', () => {
  let parent: string
  let folder: string

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'agent-identity-demos-'))
    folder = join(parent, 'demos')
  })
  afterEach(() => rmSync(parent, { recursive: true }))

  test('is readable only by this user of the machine, and so is its folder', () => {
    mkdirSync(folder, { mode: 0o777 })
    chmodSync(folder, 0o777)
    announceDemo(stackAt(8080), folder)
    expect(statSync(join(folder, '8080.json')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(folder)).toEqual(['8080.json'])
  })

  test('has all addresses, and no key ring', () => {
    const { deployment, environments: _, ...stack } = stackAt(8080)
    announceDemo(stackAt(8080), folder)
    const { workloadName, credentialProviders } = deployment
    expect(findRunningDemo(8080, folder)).toEqual({
      state: 'running',
      demo: { ...stack, pid: process.pid, deployment: { workloadName, credentialProviders } },
    })
    expect(readFileSync(join(folder, '8080.json'), 'utf8')).not.toContain('a key ring')
  })

  test('is removed with the demo, and the removal may be repeated', () => {
    const withdraw = announceDemo(stackAt(8080), folder)
    withdraw()
    withdraw()
    expect(readdirSync(folder)).toEqual([])
    expect(findRunningDemo(8080, folder)).toEqual({ state: 'none' })
  })

  test('of another demo is not removed', () => {
    const withdraw = announceDemo(stackAt(8080), folder)
    const file = join(folder, '8080.json')
    const other = JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), pid: ended.pid })
    writeFileSync(file, other)
    withdraw()
    expect(readFileSync(file, 'utf8')).toBe(other)
  })

  test('is stale when the demo has ended', () => {
    announceDemo(stackAt(8080), folder)
    const file = join(folder, '8080.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), pid: ended.pid }))
    expect(findRunningDemo(8080, folder)).toEqual({ state: 'stale' })
  })

  test('is stale when another process has the id of the demo, because none of its children is running', () => {
    announceDemo(stackAt(8080, ended), folder)
    expect(findRunningDemo(8080, folder)).toEqual({ state: 'stale' })
  })

  test('of another version does not count as a running demo', () => {
    mkdirSync(folder)
    writeFileSync(join(folder, '8080.json'), JSON.stringify({ pid: process.pid }))
    writeFileSync(join(folder, '8085.json'), '{')
    expect([findRunningDemo(8080, folder), findRunningDemo(8085, folder)]).toEqual([
      { state: 'none' },
      { state: 'none' },
    ])
  })

  test('is found by its port, and all running ones in their order', () => {
    for (const stack of [stackAt(20_000), stackAt(8080), stackAt(9000, ended)]) announceDemo(stack, folder)
    expect(portsOfRunningDemos(folder)).toEqual([8080, 20_000])
    expect(portsOfRunningDemos(join(parent, 'elsewhere'))).toEqual([])
  })
})
