import type { RunningDemo } from '@agent-identity/local/running-demo'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, type EmulatorOptions, startEmulator } from 'agentcore-identity-emulator'
import { AGENTCORE_IN_ORDER, complaintsOf } from '../test-support/examine-stage.ts'
import { PREFIX } from '../test-support/healthy-stage.ts'
import { CHECKS_OF_DEMO } from './checks/index.ts'
import { createDemo } from './demo.ts'
import type { HttpGet } from './http-get.ts'
import { runChecks } from './run-checks.ts'

const APP = 'http://localhost:8080'
const SIGN_IN = 'http://127.0.0.1:8081'
const ADMINISTRATOR = { accessKeyId: 'AKIADOCTOR', secretAccessKey: 'secret-access-key-of-doctor' }
const RETURN_URL = `${APP}/oauth2/session-binding`

const ANSWERS: Readonly<Record<string, { status: number; body: string }>> = {
  'http://127.0.0.1:1/readyz': { status: 200, body: '' },
  'http://127.0.0.1:2/readyz': { status: 200, body: '' },
  [`${APP}/api/session`]: { status: 401, body: '{"code":"not_signed_in"}' },
  [`${SIGN_IN}/.well-known/openid-configuration`]: { status: 200, body: JSON.stringify({ issuer: SIGN_IN }) },
}
const without =
  (url?: string): HttpGet =>
  async (asked) => {
    const answer = asked === url ? undefined : ANSWERS[asked]
    if (!answer) throw new Error('There is no answer')
    return answer
  }

describe('doctor, of a demo', () => {
  let emulator: Emulator
  const start = async (returnUrls: string[], change: Partial<EmulatorOptions> = {}) => {
    emulator = await startEmulator({
      ...AGENTCORE_IN_ORDER,
      workloadIdentities: [{ name: PREFIX, allowedResourceOauth2ReturnUrls: returnUrls }],
      ...change,
    })
  }
  const demo = (): RunningDemo => ({
    pid: process.pid,
    app: APP,
    signIn: SIGN_IN,
    agentcoreIdentity: emulator.url,
    vendors: {},
    redis: '',
    users: [],
    processes: {
      'agent-workload': [{ pid: 1, url: 'http://127.0.0.1:1' }],
      'session-binding': [{ pid: 2, url: 'http://127.0.0.1:2' }],
      'agentcore-identity': [],
      redis: [],
    },
    awsRegion: 'us-east-1',
    awsCredentials: { 'agent-workload': ADMINISTRATOR, 'session-binding': ADMINISTRATOR, administrator: ADMINISTRATOR },
    deployment: {
      workloadName: PREFIX,
      credentialProviders: { profile: `${PREFIX}-profile`, github: `${PREFIX}-github` },
    },
  })
  const complaints = async (get = without()) =>
    complaintsOf(await runChecks(CHECKS_OF_DEMO, { ...createDemo(demo()), get }))

  beforeEach(() => start([RETURN_URL]))
  afterEach(() => emulator.close())

  test('finds nothing when everything is in order', async () => {
    expect(await complaints()).toEqual([])
  })

  test.each([
    ['http://127.0.0.1:2/readyz', 'replicas: The replica of session-binding at http://127.0.0.1:2 does not answer.'],
    [`${APP}/api/session`, `public address: ${APP} does not answer.`],
    [
      `${SIGN_IN}/.well-known/openid-configuration`,
      `issuer: ${SIGN_IN}/.well-known/openid-configuration does not answer.`,
    ],
  ])('finds that %s does not answer', async (url, complaint) => {
    expect(await complaints(without(url))).toEqual([complaint])
  })

  test('finds an additional return URL', async () => {
    await emulator.close()
    await start([RETURN_URL, 'https://evil.example/take'])
    expect(await complaints()).toEqual([
      `workload identity: The workload identity ${PREFIX} also sends users to https://evil.example/take.`,
    ])
  })

  test('finds a provider that is gone', async () => {
    await emulator.close()
    await start([RETURN_URL], { oauth2CredentialProviders: [] })
    expect(await complaints()).toEqual([
      `credential providers: AgentCore has no credential provider ${PREFIX}-profile for profile.`,
      `credential providers: AgentCore has no credential provider ${PREFIX}-github for github.`,
    ])
  })
})
