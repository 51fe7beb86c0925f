import { describe, expect, test } from '@jest/globals'
import {
  AGENTCORE_AUTHORIZATION_SECONDS,
  AgentWorkloadEnvironment,
  AuthorizationId,
  authorizationKey,
  authorizationsKey,
  BINDING_NOTIFICATIONS_STREAM,
  connectionsKey,
  connectionUsesKey,
  conversationKey,
  DUE_KEY,
  dueId,
  leftTokenKey,
  normalizeScopes,
  ProviderId,
  parseDueId,
  RESERVED_AUTHORIZATION_PARAMETERS,
  returnUrlOf,
  SessionBindingEnvironment,
  START_GRACE_SECONDS,
  StartId,
  scopesInWords,
  scopesToAsk,
  splitScopes,
  startIdOfState,
  startKey,
  startsKey,
  TURN_WORK_STREAM,
  TurnId,
  turnEventsKey,
  turnKey,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
  userTokensKey,
} from './index.ts'

const slotOf = (key: string) => /\{(.+?)\}/.exec(key)?.[1]

describe('Redis Cluster: keys that change together share a slot', () => {
  const ref = 'r'.repeat(22) as UserSessionRef
  const start = StartId.parse(`${ref}.${'a'.repeat(22)}`)
  const user = 'u'.repeat(22) as UserRef
  const connection = 'c'.repeat(11) as never
  const turn = TurnId.parse(`${'c'.repeat(22)}.${'t'.repeat(11)}`)

  test.each([
    ['a user session', ref, [userSessionKey(ref), userTokensKey(ref), startKey(start), startsKey(ref)]],
    [
      'a user',
      'u'.repeat(22),
      [
        authorizationKey(user, 'z'.repeat(22) as AuthorizationId),
        authorizationsKey(user),
        connectionsKey(user, 'github'),
        connectionUsesKey(user, 'github', connection),
        leftTokenKey(user, 'hash'),
      ],
    ],
    ['a conversation', 'c'.repeat(22), [conversationKey('c'.repeat(22) as never), turnKey(turn), turnEventsKey(turn)]],
    ['the work', 'agent-workload', [TURN_WORK_STREAM, BINDING_NOTIFICATIONS_STREAM, DUE_KEY]],
  ])('of %s', (_name, tag, keys) => {
    for (const key of keys) expect(slotOf(key)).toBe(tag)
  })
})

test('a state names its start, and no id carries a brace that would move its slot', () => {
  const id = `${'r'.repeat(22)}.${'a'.repeat(22)}`
  expect(startIdOfState(`${id}.${'s'.repeat(43)}`)).toBe(id)
  for (const bad of [`${id}x`, id.slice(1), id.replace('r', '{'), id.replace('.', ':'), `${id}\n`])
    expect(StartId.safeParse(bad).success).toBe(false)
  for (const bad of [id, 'a'.repeat(21), `${'a'.repeat(21)}{`, `${'a'.repeat(22)}\n`])
    expect(AuthorizationId.safeParse(bad).success).toBe(false)
})

test('what is due names its record; anything else that stands in the set is none', () => {
  const user = 'u'.repeat(22) as UserRef
  const start = StartId.parse(`${'r'.repeat(22)}.${'a'.repeat(22)}`)
  const authorization = AuthorizationId.parse('z'.repeat(22))
  expect(parseDueId(dueId.start(start))).toEqual({ kind: 'start', id: start })
  expect(parseDueId(dueId.authorization(user, authorization))).toEqual({
    kind: 'authorization',
    owner: user,
    id: authorization,
  })
  expect(parseDueId(dueId.left(user, 'github'))).toEqual({ kind: 'left', user, provider: 'github' })
  for (const bad of [
    '',
    'start',
    `start ${start} more`,
    `start ${authorization}`,
    `left ${user}`,
    `left ${user} A`,
    'other',
  ])
    expect(parseDueId(bad)).toBeUndefined()
})

test('session binding has no key that opens the record of the user’s tokens, a turn or an authorization URL', () => {
  const names = Object.keys(SessionBindingEnvironment.shape)
  expect(names.filter((name) => name.endsWith('_KEYS')).sort()).toEqual(['IDENTITY_ARTIFACT_KEYS', 'USER_SESSION_KEYS'])
  expect(names.filter((name) => name.startsWith('OIDC') || name.includes('SECRET'))).toEqual([])
})

test('the requested scopes are the base set and other described ones, each once and sorted', () => {
  const provider = {
    id: 'calendar',
    displayName: 'Calendar',
    credential: 'user' as const,
    baseScopes: ['read'],
    scopeDescriptions: { read: 'See', write: 'Change' },
    customParameters: {},
    revocation: { by: 'impossible' } as const,
  }
  expect(scopesToAsk(provider, ['write', 'write'])).toEqual(['read', 'write'])
  expect(scopesToAsk(provider, ['mail', 'constructor', ''], ['write '])).toEqual(['read'])
  expect(scopesInWords(provider, ['write', 'constructor'])).toEqual(['Change', 'constructor'])
  expect(normalizeScopes(['b', 'a'], ['a'])).toEqual(normalizeScopes(['a', 'b']))
  expect([splitScopes('a b'), splitScopes(''), splitScopes(undefined)]).toEqual([['a', 'b'], [], []])
})

test.each([
  '',
  'GitHub',
  'a:b',
  'a b',
  'a{b}',
  'a-',
  '-a',
  'a--b',
  'settled',
  'expired',
  'account',
  'announced',
  'events',
  `a${'b'.repeat(32)}`,
])('“%s” is refused as the id of a provider', (id) => {
  expect(ProviderId.safeParse(id).success).toBe(false)
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
  })
  const named = result.error?.issues.map(({ path }) => path[0]) ?? []
  expect(named).toContain(needed)
})

test('a conversation lives for as long as one of its turns may wait for a consent, at the least', () => {
  const { CONVERSATION_TTL_SECONDS: variable } = AgentWorkloadEnvironment.shape
  const least = AGENTCORE_AUTHORIZATION_SECONDS + START_GRACE_SECONDS
  expect(variable.safeParse(String(least - 1)).success).toBe(false)
  expect([variable.parse(String(least)), variable.parse(undefined)]).toEqual([least, 86_400])
})

test.each([
  ['a provider without its credential provider', '{"github":{}}'],
  ['an invalid id', '{"Git Hub":{"credentialProvider":"g"}}'],
  ['an API without TLS', '{"github":{"credentialProvider":"g","apiUrl":"http://api.example"}}'],
  ['an unknown member', '{"github":{"credentialProvider":"g","apiURL":"https://api.example"}}'],
  ['text that is not JSON', 'github'],
])('PROVIDERS does not take %s', (_what, text) => {
  const { PROVIDERS } = AgentWorkloadEnvironment.shape
  expect(PROVIDERS.safeParse(text).success).toBe(false)
  const apiUrl = 'https://api.example'
  const valid = { github: { credentialProvider: 'g', apiUrl }, slack: { credentialProvider: 's' } }
  expect(PROVIDERS.parse(JSON.stringify(valid))).toEqual(valid)
})

test('the model’s address has TLS, unless it is on this machine: conversations and the key go there', () => {
  const { OPENAI_BASE_URL: variable } = AgentWorkloadEnvironment.shape
  for (const url of ['https://models.example/v1', 'http://127.0.0.1:5600/v1']) expect(variable.parse(url)).toBe(url)
  expect(variable.safeParse('http://models.example/v1').success).toBe(false)
})

describe('further parameters of the authorization request', () => {
  const { OIDC_AUTHORIZATION_PARAMETERS: variable } = AgentWorkloadEnvironment.shape

  test('are a JSON object of strings', () => {
    expect(variable.parse(undefined)).toEqual({})
    expect(variable.parse('{"audience":"https://agents.example"}')).toEqual({ audience: 'https://agents.example' })
    for (const text of ['', 'audience=x', '[]', '"x"', '{"audience":1}', '{"audience":""}', '{"a b":"x"}'])
      expect(variable.safeParse(text).success).toBe(false)
  })

  test.each(RESERVED_AUTHORIZATION_PARAMETERS)('may not set a parameter of the sign-in itself: %s', (name) => {
    const { error } = variable.safeParse(JSON.stringify({ audience: 'x', [name]: 'x' }))
    expect(error?.issues.map(({ message }) => message)).toEqual([`must not set ${name}`])
  })
})
