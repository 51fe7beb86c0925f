import {
  AgentWorkloadEnvironment,
  AWS_SDK_VARIABLES,
  McpServerEnvironment,
  SessionBindingEnvironment,
} from '@agent-identity/contracts'
import { WITH_STAND_IN } from '@agent-identity/providers/stand-ins'
import { describe, expect, test } from '@jest/globals'
import { ownDeployment } from '../deployment.ts'
import { createSettings } from '../settings.ts'
import { createServiceEnvironments, withMcpServer } from './service-environment.ts'

const ports = { app: 8080, signIn: 8081, agentcoreIdentity: 8082, vendors: WITH_STAND_IN.map((_id, n) => 8083 + n) }
function environmentsWith(given: Record<string, string>) {
  const settings = createSettings(ports)
  const deployment = ownDeployment(settings, given, 'cognito')
  return createServiceEnvironments({
    settings,
    deployment,
    redisUrl: 'redis://127.0.0.1:6379',
    lambdaUrl: 'http://127.0.0.1:9',
    habit: 'cognito',
    given,
  })
}

describe.each([
  ['agent-workload', AgentWorkloadEnvironment],
  ['session-binding', SessionBindingEnvironment],
] as const)('the environment of %s', (service, contract) => {
  test('is accepted by the service, and has no unknown variable', () => {
    const variables = { ...environmentsWith({})[service], PORT: '8000' }
    contract.parse(variables)
    const known = [...Object.keys(contract.shape), ...AWS_SDK_VARIABLES]
    expect(Object.keys(variables).filter((name) => !known.includes(name))).toEqual([])
  })

  test('takes lifetimes and limits from the caller, but none that the stack sets itself', () => {
    const given = { AGENTCORE_TIMEOUT_MS: '60', PUBLIC_URL: 'https://elsewhere.example', AWS_REGION: 'eu-west-1' }
    expect(environmentsWith(given)[service]).toMatchObject({
      AGENTCORE_TIMEOUT_MS: '60',
      PUBLIC_URL: 'http://localhost:8080',
      AWS_REGION: 'us-east-1',
    })
  })

  const limits = Object.entries(contract.shape).filter(([name]) =>
    /_PER_(ADDRESS|USER_SESSION|USER_PER_MINUTE)/.test(name),
  )

  test.each(limits)('has %s, at least ten times production’s', (name, schema) => {
    const production = Number(schema.parse(undefined))
    expect(production).toBeGreaterThan(0)
    expect(Number(environmentsWith({})[service][name])).toBeGreaterThanOrEqual(10 * production)
  })

  test('uses the address of the load balancer’s peer', () => {
    expect(environmentsWith({})[service].TRUSTED_PROXIES).toBe('2')
  })
})

describe('the environments of both services', () => {
  test('share the rings of user sessions and identity artifacts, but neither the ring of user tokens nor AWS credentials', () => {
    const { 'agent-workload': workload, 'session-binding': binding } = environmentsWith({})
    expect(binding.USER_SESSION_KEYS).toBe(workload.USER_SESSION_KEYS)
    expect(binding.IDENTITY_ARTIFACT_KEYS).toBe(workload.IDENTITY_ARTIFACT_KEYS)
    expect(Object.keys(binding)).not.toContain('USER_TOKENS_KEYS')
    expect(binding.AWS_ACCESS_KEY_ID).not.toBe(workload.AWS_ACCESS_KEY_ID)
  })

  test('refuse a model that only AWS has', () => {
    expect(() => environmentsWith({ MODEL_PROVIDER: 'bedrock' })).toThrow(
      'MODEL_PROVIDER=bedrock needs AWS credentials',
    )
  })
})

describe('the environment of the MCP server', () => {
  const given = { MCP_CONSENT_WAIT_MS: '60', PUBLIC_URL: 'https://elsewhere.example' }
  const { environments, mcpEnvironment } = withMcpServer(environmentsWith(given), {
    settings: createSettings(ports),
    given,
  })
  const workload = environments['agent-workload']

  test('is one that it accepts, takes limits from outside, and has nothing that it does not know', () => {
    McpServerEnvironment.parse({ ...mcpEnvironment, PORT: '8000' })
    const known = [...Object.keys(McpServerEnvironment.shape), ...AWS_SDK_VARIABLES]
    expect(Object.keys(mcpEnvironment).filter((name) => !known.includes(name))).toEqual([])
    expect(mcpEnvironment).toMatchObject({ MCP_CONSENT_WAIT_MS: '60', PUBLIC_URL: 'http://localhost:8080' })
    for (const name of ['MCP_CALLS_PER_USER_PER_MINUTE', 'MCP_CALLS_PER_CLIENT_PER_MINUTE'] as const)
      expect(Number(mcpEnvironment[name])).toBeGreaterThanOrEqual(
        10 * McpServerEnvironment.shape[name].parse(undefined),
      )
  })

  test('shares one ring with the agent workload, and opens nothing else of it', () => {
    AgentWorkloadEnvironment.parse({ ...workload, PORT: '8000' })
    const rings = Object.keys(mcpEnvironment).filter((name) => name.endsWith('_KEYS'))
    expect(rings.sort()).toEqual(['CONNECTION_KEYS', 'MCP_KEYS'])
    expect(mcpEnvironment.CONNECTION_KEYS).toBe(workload.CONNECTION_KEYS)
    expect(mcpEnvironment.AWS_ACCESS_KEY_ID).not.toBe(workload.AWS_ACCESS_KEY_ID)
    expect(environmentsWith({})['agent-workload'].CONNECTION_KEYS).toBeUndefined()
  })
})
