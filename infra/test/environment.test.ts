import {
  AgentWorkloadEnvironment,
  McpServerEnvironment,
  RevocationFunctionEnvironment,
  SessionBindingEnvironment,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { CONTAINER_NAMES, type ContainerName, SERVICE_NAMES } from '../names.ts'
import { EXAMPLE, readServices } from '../read-services.ts'
import { CONTEXTS, STAGE_NAMES, stage } from './stages.ts'
import { ANOTHER_PROVIDER, type VariantName } from './variants.ts'
import { MCP_AT_OWN_PROVIDER } from './what-you-have.ts'

const SCHEMAS = {
  'agent-workload': AgentWorkloadEnvironment,
  'session-binding': SessionBindingEnvironment,
  'mcp-server': McpServerEnvironment,
} as const

/** Variables that a stage may leave out, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  OPENAI_BASE_URL: 'the model is Bedrock’s',
  OPENAI_API_KEY: 'the model is Bedrock’s',
  OPENAI_MODEL: 'the model is Bedrock’s',
  CONNECTION_KEYS: 'without an MCP server TURN_KEYS seals connections',
  MCP_AUDIENCE: 'the default is the MCP server’s URL',
  ADMIN_GROUP: 'no user is an administrator unless a stage names a group',
  REDIS_COMMAND_TIMEOUT_MS: 'without it 2 s',
  ACCOUNT_TIMEOUT_MS: 'without it 3 s',
}

const keyRing = (secret: string) => JSON.stringify({ sealWith: 'k1', k1: secret })
const SECRETS: Readonly<Record<string, string>> = {
  REDIS_PASSWORD: 'p'.repeat(64),
  OIDC_CLIENT_SECRET: 's'.repeat(51),
  USER_SESSION_KEYS: keyRing('a'.repeat(64)),
  IDENTITY_ARTIFACT_KEYS: keyRing('b'.repeat(64)),
  USER_TOKENS_KEYS: keyRing('c'.repeat(64)),
  TURN_KEYS: keyRing('d'.repeat(64)),
  CONNECTION_KEYS: keyRing('e'.repeat(64)),
  MCP_KEYS: keyRing('f'.repeat(64)),
}

const CASES = [
  ...STAGE_NAMES.flatMap((name) => SERVICE_NAMES.map((service): [VariantName, ContainerName] => [name, service])),
  ...CONTAINER_NAMES.map((service): [VariantName, ContainerName] => ['MCP server', service]),
]

describe.each(CASES)('in the %s stage, %s', (name, service) => {
  const container = () => {
    const found = readServices(stage(name), EXAMPLE)[service]
    if (!found) throw new Error(`There is no ${service}`)
    return found
  }
  const variables = () => [...Object.keys(container().values), ...container().secrets]
  const contract = Object.keys(SCHEMAS[service].shape)

  test('gets no variable outside of the contract', () => {
    expect(variables().filter((variable) => !contract.includes(variable))).toEqual([])
  })

  test('gets every variable of the contract without a default, except those with a reason', () => {
    const needed = Object.entries(SCHEMAS[service].shape)
      .filter(([, schema]) => schema.safeParse(undefined).data === undefined)
      .map(([variable]) => variable)
    expect(needed.length).toBeGreaterThan(5)
    const missing = needed.filter((variable) => !variables().includes(variable))
    expect(missing.filter((variable) => LEFT_OUT[variable] === undefined)).toEqual([])
  })

  test('starts with these variables', () => {
    const { values, secrets } = container()
    const environment = { ...values, ...Object.fromEntries(secrets.map((secret) => [secret, SECRETS[secret]])) }
    expect(SCHEMAS[service].safeParse(environment).error?.issues).toBeUndefined()
    if (service === 'agent-workload') {
      const { PROVIDERS } = AgentWorkloadEnvironment.parse(environment)
      expect(Object.keys(PROVIDERS)).toEqual(
        name === 'sandbox' ? ['profile'] : CONTEXTS.production.providers.split(','),
      )
    }
  })
})

test('each provider whose client ends its tokens has a function with valid variables, and the agent workload knows its name', () => {
  const functions = stage('production')
    .resources('AWS::Lambda::Function')
    .filter(({ stack }) => stack === 'services')
    .map(({ logicalId, properties }) => ({
      name: logicalId.toLowerCase(),
      variables: (properties.Environment as { Variables: Record<string, string> }).Variables,
    }))
  for (const { variables } of functions)
    expect(Object.keys(variables).filter((name) => !(name in RevocationFunctionEnvironment.shape))).toEqual([])
  const told = readServices(stage('production'), EXAMPLE)['agent-workload'].values.REVOCATION_FUNCTIONS
  expect(AgentWorkloadEnvironment.shape.REVOCATION_FUNCTIONS.parse(told)).toEqual(
    Object.fromEntries(
      functions.map(({ name, variables }) => [RevocationFunctionEnvironment.parse(variables).PROVIDER, name]),
    ),
  )
  expect(functions).toHaveLength(1)
  expect(readServices(stage('production'), EXAMPLE)['session-binding'].values.REVOCATION_FUNCTIONS).toBeUndefined()
})

test('a stage sets how many consents a user session may have open', () => {
  const { 'agent-workload': one } = readServices(stage('sandbox'), EXAMPLE)
  const { 'agent-workload': many } = readServices(stage('many consents'), EXAMPLE)
  expect([one.values.CONSENTS_AT_ONCE, many.values.CONSENTS_AT_ONCE]).toEqual(['one', 'many'])
})

test('a stage sets how many changes the agent makes without asking, where it asks first, who may erase users, and that there is no chat page', () => {
  const { 'agent-workload': agentWorkload } = readServices(stage('asks first'), EXAMPLE)
  expect([agentWorkload.values.EFFECTS_PER_TURN, agentWorkload.values.ASK_FIRST_PROVIDERS]).toEqual([
    '0',
    ['github', ...ANOTHER_PROVIDER].join(','),
  ])
  expect([agentWorkload.values.ADMIN_GROUP, agentWorkload.values.ADMIN_GROUP_CLAIM]).toEqual([
    'platform team',
    'groups',
  ])
  expect(agentWorkload.values.CHAT_PAGE).toBe('off')
})

test('a stage names the web pages that may call the MCP server; by default there are none', () => {
  const [without, beside] = (['MCP server', 'MCP server beside what you have'] as const).map(
    (name) => readServices(stage(name), EXAMPLE)['mcp-server']?.values.MCP_ALLOWED_ORIGINS,
  )
  expect(without).toBeUndefined()
  expect(McpServerEnvironment.shape.MCP_ALLOWED_ORIGINS.parse(beside)).toEqual(MCP_AT_OWN_PROVIDER.allowedOrigins)
})

test('the generated secret is a valid key ring of the contract', () => {
  const rings = stage('sandbox')
    .resources('AWS::SecretsManager::Secret')
    .flatMap(({ properties }) => {
      const { SecretStringTemplate, GenerateStringKey, PasswordLength } = (properties.GenerateSecretString ?? {}) as {
        SecretStringTemplate?: string
        GenerateStringKey?: string
        PasswordLength?: number
      }
      if (!SecretStringTemplate || !GenerateStringKey) return []
      return [
        JSON.stringify({ ...JSON.parse(SecretStringTemplate), [GenerateStringKey]: 'x'.repeat(PasswordLength ?? 32) }),
      ]
    })
  expect(rings).toHaveLength(4)
  for (const ring of rings)
    expect(SessionBindingEnvironment.shape.USER_SESSION_KEYS.parse(ring)).toEqual({
      sealWith: 'k1',
      keys: { k1: 'x'.repeat(64) },
    })
})
