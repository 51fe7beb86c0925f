import type {
  AuditEvent,
  AuthorizationId,
  IdentityArtifact,
  TurnId,
  UserRef,
  UserSessionRef,
} from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import type { NewAuthorization } from './new-authorization.ts'
import {
  type AccessRequest,
  existingToken,
  type RequestAuthorizationPorts,
  requestAccess,
} from './request-authorization.ts'
import { OFFERED } from './test-support/offered.ts'

const userSession = 's'.repeat(22) as UserSessionRef
const user = 'a'.repeat(22) as UserRef
const turnId = `${'c'.repeat(22)}.${'t'.repeat(11)}` as TurnId
const artifact: IdentityArtifact = { kind: 'jwt', userToken: 'the.user.token' }
const authorizationUrl = 'https://agentcore.example/authorize'
const sessionUri = 'urn:ietf:params:oauth:request_uri:u'
const asked: AccessRequest = { userSession, user, provider: 'github', scopes: ['repo'], requestId: 'the-turn', turnId }
const actor = { user, userSession, requestId: 'the-turn' }

type Request = Parameters<RequestAuthorizationPorts['identity']['requestAccessToken']>[0]
type Reply = Awaited<ReturnType<RequestAuthorizationPorts['identity']['requestAccessToken']>>
type Created = Awaited<ReturnType<RequestAuthorizationPorts['authorizations']['create']>>

function world(replies: Reply[], created?: Created) {
  const said: AuditEvent[] = []
  const records: NewAuthorization[] = []
  const minted: unknown[] = []
  const requests: Request[] = []
  const dropped: UserSessionRef[] = []
  const ports: RequestAuthorizationPorts = {
    offered: OFFERED,
    workloadAccessTokens: {
      async get(asking) {
        minted.push(asking)
        return { outcome: 'minted', workloadAccessToken: 'token', artifact }
      },
      drop: (ref) => void dropped.push(ref),
    },
    identity: {
      async requestAccessToken(request) {
        requests.push(request)
        return replies.shift() ?? { outcome: 'unavailable' }
      },
    },
    authorizations: {
      async create(authorization) {
        records.push(authorization)
        return created ?? { outcome: 'created', id: authorization.id }
      },
    },
    isAuthorizationUrl: (url) => url === authorizationUrl,
    returnUrl: 'https://agent.example/oauth2/session-binding',
    audit: (event) => void said.push(event),
  }
  return { said, records, minted, requests, dropped, ports }
}

const toConsent: Reply = { outcome: 'authorization-required', authorizationUrl, sessionUri, awsRequestId: 'aws-1' }
const token: Reply = { outcome: 'token', accessToken: 'a-secret', awsRequestId: 'aws-2' }

test('whether a provider that is not offered here has a token is left to another replica', async () => {
  const { minted, ports } = world([token])
  const access = { ...asked, provider: 'later' }
  expect(await requestAccess(access, ports)).toEqual({ outcome: 'not-offered' })
  expect(await existingToken(access, ports)).toEqual({ outcome: 'unavailable' })
  expect(minted).toEqual([])
})

test.each(['admin:org', 'constructor', ''])(
  'an unknown scope, “%s”, is not requested, and its user is not even identified to AgentCore',
  async (scope) => {
    const { records, minted, ports } = world([toConsent, token])
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
    const { records, minted, ports } = world([toConsent, token])
    const access = { ...asked, provider, scopes: [scope] }
    expect(await requestAccess(access, ports)).toEqual({ outcome: 'not-offered' })
    expect(await existingToken(access, ports)).toEqual({ outcome: 'none' })
    expect([minted, records]).toEqual([[], []])
  },
)

describe('the request to AgentCore', () => {
  test('contains the state that leads to the record, and the record contains the artifact of the request', async () => {
    const { records, requests, ports } = world([toConsent])
    await requestAccess(asked, ports)
    const [{ id, state } = { id: '', state: '' }] = records
    expect(records).toEqual([
      {
        id: expect.stringMatching(new RegExp(`^${userSession}\\.[\\w-]{22}$`)),
        state: expect.stringMatching(/\.[\w-]{43}$/),
        owner: user,
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

  test('starts over only on request', async () => {
    const { requests, ports } = world([token, token])
    await requestAccess({ ...asked, forceAuthentication: true }, ports)
    await requestAccess({ ...asked, forceAuthentication: false }, ports)
    expect(requests.map((request) => request.forceAuthentication)).toEqual([true, undefined])
  })

  test('is repeated once with another workload access token when the first one is rejected, and not a third time', async () => {
    const rejected: Reply = { outcome: 'workload-access-token-rejected' }
    const once = world([rejected, token])
    expect(await requestAccess(asked, once.ports)).toEqual({ outcome: 'token', accessToken: 'a-secret' })
    expect([once.minted.length, once.dropped]).toEqual([2, [userSession]])
    const twice = world([rejected, rejected, token])
    expect(await requestAccess(asked, twice.ports)).toEqual({ outcome: 'unavailable' })
    expect([twice.minted.length, twice.requests.length]).toEqual([2, 2])
  })

  test.each(['failed', 'refused', 'in-progress', 'unavailable'] as const)(
    'that is %s is not repeated',
    async (outcome) => {
      const { requests, dropped, ports } = world([{ outcome }, token])
      expect(await requestAccess(asked, ports)).toEqual({ outcome: 'unavailable' })
      expect([requests.length, dropped]).toEqual([1, []])
    },
  )

  test.each([
    ['signed-out', 'signed-out'],
    ['refused', 'unavailable'],
    ['unavailable', 'unavailable'],
  ] as const)('is not made when minting is %s', async (minting, outcome) => {
    const { requests, ports } = world([token])
    ports.workloadAccessTokens.get = async () => ({ outcome: minting })
    expect(await requestAccess(asked, ports)).toEqual({ outcome })
    expect(requests).toEqual([])
  })

  test('is not made for a provider that is not offered', async () => {
    const { minted, ports } = world([token])
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
    const { records, ports } = world([reply])
    expect(await existingToken(asked, ports)).toEqual(outcome)
    expect(records).toEqual([])
  })
})

describe('the outcome', () => {
  test.each([
    [{ outcome: 'too-many' }, { outcome: 'too-many' }],
    [{ outcome: 'signed-out' }, { outcome: 'signed-out' }],
  ] as const)('is the reason when nothing was created: %j', async (created, outcome) => {
    const { ports } = world([toConsent], created)
    expect(await requestAccess(asked, ports)).toEqual(outcome)
  })
})

describe('the audit trail of a request for access', () => {
  test('has the authorization that was created, with its consent, its turn and the AWS request id', async () => {
    const { said, records, minted, ports } = world([toConsent])
    const { outcome } = await requestAccess(asked, ports)
    expect(outcome).toBe('authorization-required')
    expect(said).toEqual([
      {
        event: 'authorization_created',
        ...actor,
        authorizationId: records[0]?.id,
        correlationId: 'the-turn',
        provider: 'github',
        scopes: ['repo'],
        sessionUri,
        turnId,
        awsRequestId: 'aws-1',
      },
    ])
    expect(records[0]?.correlationId).toBe('the-turn')
    expect(minted).toEqual([actor])
  })

  test.each([
    [
      'another request for the same was first',
      { outcome: 'created', id: `${userSession}.${'o'.repeat(22)}` as AuthorizationId },
    ],
    ['the user session has reached its limit', { outcome: 'too-many' }],
    ['the user has signed out', { outcome: 'signed-out' }],
  ] as const)('has none when %s', async (_why, created) => {
    const { said, ports } = world([toConsent], created)
    await requestAccess(asked, ports)
    expect(said).toEqual([])
  })

  test('has no line when the URL is not AgentCore’s, and none for a missing token', async () => {
    const { said, records, ports } = world([{ ...toConsent, authorizationUrl: 'https://elsewhere.example' }])
    expect(await requestAccess(asked, ports)).toEqual({ outcome: 'unavailable' })
    expect(await requestAccess(asked, ports)).toEqual({ outcome: 'unavailable' })
    expect([said, records]).toEqual([[], []])
  })

  test('has a line for the token without its value, with its authorization', async () => {
    const { said, ports } = world([token, token, token])
    const after = {
      authorizationId: `${userSession}.${'i'.repeat(22)}` as AuthorizationId,
      correlationId: 'another-turn',
    }
    await requestAccess({ ...asked, after }, ports)
    const { turnId: _, ...outsideOfATurn } = asked
    await existingToken({ ...outsideOfATurn, after }, ports)
    await requestAccess(asked, ports)
    const access = { provider: 'github', credential: 'user', scopes: ['repo'] }
    const obtained = { event: 'token_obtained', ...actor, ...access, awsRequestId: 'aws-2' }
    expect(said).toEqual([
      { ...obtained, ...after, turnId },
      { ...obtained, ...after },
      { ...obtained, turnId },
    ])
    expect(JSON.stringify(said)).not.toContain('a-secret')
  })
})
