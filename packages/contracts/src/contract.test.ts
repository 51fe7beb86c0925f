import { describe, expect, test } from '@jest/globals'
import {
  AgentWorkloadEnvironment,
  AuthorizationId,
  authorizationIdOfState,
  BINDING_NOTIFICATIONS_STREAM,
  consentTripKey,
  conversationKey,
  normalizeScopes,
  PROVIDERS,
  pendingAuthorizationIndexKey,
  pendingAuthorizationKey,
  RESERVED_AUTHORIZATION_PARAMETERS,
  returnUrlOf,
  SessionBindingEnvironment,
  scopesToAsk,
  TURN_WORK_STREAM,
  TurnId,
  turnEventsKey,
  turnKey,
  type UserSessionRef,
  userSessionKey,
  userTokensKey,
  waitingTurnsKey,
} from './index.ts'

const slotOf = (key: string) => /\{(.+?)\}/.exec(key)?.[1]

describe('Redis Cluster: keys that change together share a slot', () => {
  const ref = 'r'.repeat(22) as UserSessionRef
  const authorization = AuthorizationId.parse(`${ref}.${'a'.repeat(22)}`)
  const turn = TurnId.parse(`${'c'.repeat(22)}.${'t'.repeat(11)}`)

  test.each([
    [
      'a user session',
      ref,
      [
        userSessionKey(ref),
        userTokensKey(ref),
        pendingAuthorizationIndexKey(ref),
        pendingAuthorizationKey(authorization),
        waitingTurnsKey(authorization),
        consentTripKey(ref),
      ],
    ],
    ['a conversation', 'c'.repeat(22), [conversationKey('c'.repeat(22) as never), turnKey(turn), turnEventsKey(turn)]],
    ['the work', 'agent-workload', [TURN_WORK_STREAM, BINDING_NOTIFICATIONS_STREAM]],
  ])('of %s', (_name, tag, keys) => {
    for (const key of keys) expect(slotOf(key)).toBe(tag)
  })
})

test('a state names its authorization, and the id never carries a brace that would move its slot', () => {
  const id = `${'r'.repeat(22)}.${'a'.repeat(22)}`
  expect(authorizationIdOfState(`${id}.${'s'.repeat(43)}`)).toBe(id)
  for (const bad of [`${id}x`, id.slice(1), id.replace('r', '{'), id.replace('.', ':'), `${id}\n`])
    expect(AuthorizationId.safeParse(bad).success).toBe(false)
})

test('session binding reads no key that opens a user token, a turn or an authorization URL', () => {
  const names = Object.keys(SessionBindingEnvironment.shape)
  expect(names.filter((name) => name.endsWith('_KEYS')).sort()).toEqual(['IDENTITY_ARTIFACT_KEYS', 'USER_SESSION_KEYS'])
  expect(names.filter((name) => name.startsWith('OIDC') || name.includes('SECRET'))).toEqual([])
})

test('every scope that is asked for is described, and scopes are the same in any order', () => {
  for (const { baseScopes, scopeDescriptions } of Object.values(PROVIDERS))
    for (const scope of baseScopes) expect(scopeDescriptions[scope]).toBeDefined()
  expect(normalizeScopes(['b', 'a'], ['a'])).toEqual(normalizeScopes(['a', 'b']))
})

test('Google is asked for a refresh token, and for consent, without which it gives none; each provider is asked in one way', () => {
  expect(
    Object.fromEntries(Object.entries(PROVIDERS).map(([id, provider]) => [id, provider.customParameters])),
  ).toEqual({
    github: {},
    'google-calendar': { access_type: 'offline', prompt: 'consent' },
    profile: { prompt: 'login' },
  })
})

test('what is asked is the base set and what else the catalogue has, each once', () => {
  const [read = '', write = ''] = Object.keys(PROVIDERS['google-calendar'].scopeDescriptions)
  expect(scopesToAsk('google-calendar', [write, write])).toEqual([write, read])
  expect(scopesToAsk('google-calendar', ['https://mail.google.com/', 'constructor', ''], [`${write} `])).toEqual([read])
  expect(scopesToAsk('github', [write])).toEqual(['read:user', 'repo'])
})

test('there is one return URL', () => {
  expect(returnUrlOf('https://agent.example.com')).toBe('https://agent.example.com/oauth2/session-binding')
})

test.each([
  ['bedrock', 'BEDROCK_MODEL_ID'],
  ['openai', 'OPENAI_BASE_URL'],
])('MODEL_PROVIDER=%s needs %s', (provider, needed) => {
  const ring = JSON.stringify({ sealWith: 'k', k: 'x'.repeat(32) })
  const result = AgentWorkloadEnvironment.safeParse({
    PORT: '1',
    PUBLIC_URL: 'https://agent.example.com',
    REDIS_URL: 'redis://127.0.0.1',
    USER_SESSION_KEYS: ring,
    IDENTITY_ARTIFACT_KEYS: ring,
    USER_TOKENS_KEYS: ring,
    TURN_KEYS: ring,
    AWS_REGION: 'us-east-1',
    OIDC_ISSUER: 'https://issuer.example.com',
    OIDC_CLIENT_ID: 'id',
    OIDC_CLIENT_SECRET: 'secret',
    WORKLOAD_NAME: 'agent',
    AUTHORIZATION_URL_ORIGIN: 'https://bedrock-agentcore.us-east-1.amazonaws.com',
    MODEL_PROVIDER: provider,
    GITHUB_CREDENTIAL_PROVIDER: 'github',
  })
  const named = result.error?.issues.map(({ path }) => path[0]) ?? []
  expect(named).toContain(needed)
  expect(named).toContain('GITHUB_API_URL')
})

describe('further parameters of the authorization request', () => {
  const { OIDC_AUTHORIZATION_PARAMETERS: variable } = AgentWorkloadEnvironment.shape

  test('are a JSON object of texts', () => {
    expect(variable.parse(undefined)).toEqual({})
    expect(variable.parse('{"audience":"https://agents.example"}')).toEqual({ audience: 'https://agents.example' })
    for (const text of ['', 'audience=x', '[]', '"x"', '{"audience":1}', '{"audience":""}', '{"a b":"x"}'])
      expect(variable.safeParse(text).success).toBe(false)
  })

  test.each(RESERVED_AUTHORIZATION_PARAMETERS)('are none that a sign-in decides itself: %s', (name) => {
    const { error } = variable.safeParse(JSON.stringify({ audience: 'x', [name]: 'x' }))
    expect(error?.issues.map(({ message }) => message)).toEqual([`must not set ${name}`])
  })
})
