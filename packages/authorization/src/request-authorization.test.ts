import { describe, expect, test } from '@jest/globals'
import { existingToken, requestAccess } from './request-authorization.ts'
import { OFFERED } from './test-support/offered.ts'
import {
  artifact,
  asked,
  authorizationUrl,
  type Reply,
  requesting,
  sessionUri,
  toConsent,
  token,
  user,
  userSession,
} from './test-support/requesting.ts'

test('whether a provider that is not offered here has a token is left to another replica', async () => {
  const { minted, ports } = requesting([token])
  const access = { ...asked, provider: 'later' }
  expect(await requestAccess(access, ports)).toEqual({ outcome: 'not-offered' })
  expect(await existingToken(access, ports)).toEqual({ outcome: 'unavailable' })
  expect(minted).toEqual([])
})

test.each(['admin:org', 'constructor', ''])(
  'an unknown scope, “%s”, is not requested, and its user is not even identified to AgentCore',
  async (scope) => {
    const { records, minted, ports } = requesting([toConsent, token])
    const access = { ...asked, scopes: ['repo', scope] }
    expect(await requestAccess(access, ports)).toEqual({ outcome: 'not-offered' })
    expect(await existingToken(access, ports)).toEqual({ outcome: 'none' })
    expect([minted, records]).toEqual([[], []])
  },
)

test.each([
  ['hours', 'hours:read'],
  ['status', 'status:read'],
  ['stock', 'stock:read'],
])(
  'a consent at %s, which needs none, is not requested, and leaves no pending authorization',
  async (provider, scope) => {
    const { records, minted, ports } = requesting([toConsent, token])
    const access = { ...asked, provider, scopes: [scope] }
    expect(await requestAccess(access, ports)).toEqual({ outcome: 'not-offered' })
    expect(await existingToken(access, ports)).toEqual({ outcome: 'none' })
    expect([minted, records]).toEqual([[], []])
  },
)

describe('the request to AgentCore', () => {
  test('contains the state that leads to the record, and the record contains the artifact of the request', async () => {
    const { records, requests, ports } = requesting([toConsent])
    await requestAccess(asked, ports)
    const [{ id, state } = { id: '', state: '' }] = records
    expect(records).toEqual([
      {
        id: expect.stringMatching(new RegExp(`^${userSession}\\.[\\w-]{22}$`)),
        state: expect.stringMatching(/\.[\w-]{43}$/),
        user,
        named: undefined,
        hint: undefined,
        chooser: undefined,
        parameters: {},
        generation: 0,
        provider: 'github',
        displayName: 'GitHub',
        scopes: ['repo'],
        authorizationUrl,
        sessionUri,
        artifact,
        correlationId: 'the-turn',
      },
    ])
    expect(state.startsWith(`${id}.`)).toBe(true)
    expect(requests).toEqual([
      {
        workloadAccessToken: 'token',
        credentialProvider: 'github-provider',
        scopes: ['repo'],
        customParameters: OFFERED.get('github')?.customParameters,
        returnUrl: 'https://agent.example/oauth2/session-binding',
        state,
      },
    ])
  })

  test('has one text for all scopes where the authorization server expects commas between them', async () => {
    const { records, requests, ports } = requesting([toConsent, token])
    const github = OFFERED.get('github')
    const offered = new Map(github && [['github', { ...github, scopeSeparator: ',' as const }]])
    const access = { ...asked, scopes: ['read:user', 'repo'] }
    await requestAccess(access, { ...ports, offered })
    await existingToken(access, { ...ports, offered })
    expect(requests).toMatchObject([{ scopes: ['read:user,repo'] }, { scopes: ['read:user,repo'] }])
    expect(records).toMatchObject([{ scopes: ['read:user', 'repo'] }])
    await requestAccess({ ...access, scopes: [] }, { ...ports, offered })
    expect(requests[2]).toMatchObject({ scopes: [] })
  })

  test('starts over only on request', async () => {
    const { requests, ports } = requesting([toConsent, token])
    await requestAccess({ ...asked, forceAuthentication: true }, ports)
    await requestAccess({ ...asked, forceAuthentication: false }, ports)
    expect(requests.map((request) => request.forceAuthentication)).toEqual([true, undefined])
  })

  test('that starts over takes no token: it would be one of before', async () => {
    const { requests, ports } = requesting([token])
    expect(await requestAccess({ ...asked, forceAuthentication: true }, ports)).toEqual({ outcome: 'unavailable' })
    expect(requests).toHaveLength(1)
  })

  test('is repeated once with another workload access token when the first one is rejected, and not a third time', async () => {
    const rejected: Reply = { outcome: 'workload-access-token-rejected' }
    const once = requesting([rejected, token])
    expect(await requestAccess(asked, once.ports)).toEqual({ outcome: 'token', accessToken: 'a-secret' })
    expect([once.minted.length, once.dropped]).toEqual([2, [userSession]])
    const twice = requesting([rejected, rejected, token])
    expect(await requestAccess(asked, twice.ports)).toEqual({ outcome: 'unavailable' })
    expect([twice.minted.length, twice.requests.length]).toEqual([2, 2])
  })

  test.each(['failed', 'refused', 'in-progress', 'unavailable'] as const)(
    'that is %s is not repeated',
    async (outcome) => {
      const { requests, dropped, ports } = requesting([{ outcome }, token])
      expect(await requestAccess(asked, ports)).toEqual({ outcome: 'unavailable' })
      expect([requests.length, dropped]).toEqual([1, []])
    },
  )

  test.each([
    ['signed-out', 'signed-out'],
    ['refused', 'unavailable'],
    ['unavailable', 'unavailable'],
  ] as const)('is not made when minting is %s', async (minting, outcome) => {
    const { requests, ports } = requesting([token])
    ports.workloadAccessTokens.get = async () => ({ outcome: minting })
    expect(await requestAccess(asked, ports)).toEqual({ outcome })
    expect(requests).toEqual([])
  })

  test('is not made for a provider that is not offered', async () => {
    const { minted, ports } = requesting([token])
    expect(await requestAccess({ ...asked, provider: 'gitlab', scopes: [] }, ports)).toEqual({
      outcome: 'not-offered',
    })
    expect(minted).toEqual([])
  })
})

describe('whether there is a token', () => {
  test.each([
    [token, { outcome: 'token', accessToken: 'a-secret' }],
    [toConsent, { outcome: 'none' }],
    [{ outcome: 'unavailable' }, { outcome: 'unavailable' }],
  ] as const)('is AgentCore’s answer, and nothing is stored', async (reply, outcome) => {
    const { records, ports } = requesting([reply])
    expect(await existingToken(asked, ports)).toEqual(outcome)
    expect(records).toEqual([])
  })
})

describe('the outcome', () => {
  test.each([
    [{ outcome: 'too-many' }, { outcome: 'too-many' }],
    [{ outcome: 'signed-out' }, { outcome: 'signed-out' }],
  ] as const)('is the reason when nothing was created: %j', async (created, outcome) => {
    const { ports } = requesting([toConsent], created)
    expect(await requestAccess(asked, ports)).toEqual(outcome)
  })
})
