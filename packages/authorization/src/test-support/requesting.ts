import type { AuditEvent, IdentityArtifact, TurnId, UserRef, UserSessionRef } from '@agent-identity/contracts'
import type { NewAuthorization } from '../new-authorization.ts'
import type { AccessRequest, RequestAuthorizationPorts } from '../request-authorization.ts'
import { OFFERED } from './offered.ts'

export const userSession = 's'.repeat(22) as UserSessionRef
export const user = 'a'.repeat(22) as UserRef
export const turnId = `${'c'.repeat(22)}.${'t'.repeat(11)}` as TurnId
export const artifact: IdentityArtifact = { kind: 'jwt', userToken: 'the.user.token' }
export const authorizationUrl = 'https://agentcore.example/authorize'
export const sessionUri = 'urn:ietf:params:oauth:request_uri:u'
export const asked: AccessRequest = {
  userSession,
  user,
  provider: 'github',
  named: undefined,
  parameters: {},
  generation: 0,
  scopes: ['repo'],
  requestId: 'the-turn',
  turnId,
}
export const actor = { user, userSession, requestId: 'the-turn' }

type Request = Parameters<RequestAuthorizationPorts['identity']['requestAccessToken']>[0]
export type Reply = Awaited<ReturnType<RequestAuthorizationPorts['identity']['requestAccessToken']>>
type Created = Awaited<ReturnType<RequestAuthorizationPorts['authorizations']['create']>>

export function requesting(replies: Reply[], created?: Created, isErased = false) {
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
    isErased: async () => isErased,
    isAuthorizationUrl: (url) => url === authorizationUrl,
    returnUrl: 'https://agent.example/oauth2/session-binding',
    audit: (event) => void said.push(event),
  }
  return { said, records, minted, requests, dropped, ports }
}

export const toConsent = {
  outcome: 'authorization-required',
  authorizationUrl,
  sessionUri,
  awsRequestId: 'aws-1',
} as const satisfies Reply
export const token: Reply = { outcome: 'token', accessToken: 'a-secret', awsRequestId: 'aws-2' }
