import { describe, expect, test } from '@jest/globals'
import type { JWTPayload } from 'jose'
import { refusedClaims } from './verify-access-token.ts'

const AUDIENCE = 'https://app.example/mcp'
const claims = { aud: AUDIENCE }
const LISTED = ['editor', 'Batch']
const refusal = (payload: JWTPayload, clientIds: readonly string[] = LISTED) =>
  refusedClaims({ ...claims, ...payload }, AUDIENCE, clientIds)

/** What each issuer writes into a token of the client itself, and into a token of a user. */
describe.each<[string, JWTPayload, JWTPayload]>([
  [
    'Cognito',
    { client_id: 'editor', sub: 'editor', token_use: 'access', scope: 'mcp/tools', version: 2 },
    { client_id: 'editor', sub: '8d1f', username: '8d1f', token_use: 'access', scope: 'mcp/tools', version: 2 },
  ],
  [
    'Okta',
    { cid: 'editor', sub: 'editor', scp: ['mcp.tools'] },
    { cid: 'editor', sub: 'alice@example.com', uid: '00u1', scp: ['mcp.tools'] },
  ],
  [
    'Okta with another `sub`',
    { cid: 'editor', sub: 'an editor', scp: ['mcp.tools'] },
    { cid: 'editor', sub: '00u1', uid: '00u1', scp: ['mcp.tools'] },
  ],
  [
    'Auth0',
    { azp: 'editor', sub: 'editor@clients', gty: 'client-credentials', scope: 'mcp.tools' },
    { azp: 'editor', sub: 'auth0|6553', gty: 'password', scope: 'mcp.tools' },
  ],
  [
    'Auth0 with another `sub`',
    { azp: 'editor', sub: 'an editor', gty: ['client-credentials'], scope: 'mcp.tools' },
    { azp: 'editor', sub: 'auth0|6553', gty: ['refresh_token', 'authorization_code'], scope: 'mcp.tools' },
  ],
  [
    'Auth0 with its RFC 9068 profile',
    { client_id: 'editor', sub: 'editor@clients', scope: 'mcp.tools' },
    { client_id: 'editor', sub: 'auth0|6553', scope: 'mcp.tools' },
  ],
  [
    'Entra ID with `idtyp`',
    { azp: 'editor', sub: '4f2a', oid: '4f2a', idtyp: 'app', roles: ['Tools'] },
    { azp: 'editor', sub: 'bX9', oid: '4f2a', idtyp: 'user', scp: 'tools' },
  ],
  [
    'Keycloak',
    { azp: 'Batch', sub: '2b0c', preferred_username: 'service-account-batch', scope: 'mcp.tools' },
    { azp: 'Batch', sub: '77aa', preferred_username: 'alice', scope: 'mcp.tools' },
  ],
  [
    'Keycloak without the scope `profile`',
    { azp: 'Batch', client_id: 'Batch', sub: '2b0c', clientHost: '10.0.0.7', scope: 'mcp.tools' },
    { azp: 'Batch', sub: '77aa', scope: 'mcp.tools' },
  ],
  [
    'Keycloak without the scope `profile` and the host',
    { azp: 'Batch', client_id: 'Batch', sub: '2b0c', clientAddress: '10.0.0.7', scope: 'mcp.tools' },
    { azp: 'Batch', sub: '77aa', scope: 'mcp.tools' },
  ],
])('%s', (_issuer, ofClient, ofUser) => {
  test.each([
    ['of listed clients', LISTED],
    ['of any client', []],
  ])('a token that a client got for itself is not taken for a user’s, where tokens %s are', (_which, clientIds) => {
    expect(refusal(ofClient, clientIds)).toBe('no-user')
    expect(refusal(ofUser, clientIds)).toBeUndefined()
  })
})

test.each([
  ['the client itself, under any of its names', { client_id: 'editor', azp: 'other', sub: 'other' }],
  ['another listed client', { client_id: 'editor', sub: 'Batch' }],
  ['another listed client, as Auth0 names it', { azp: 'editor', sub: 'Batch@clients' }],
])('a subject that is %s is no user', (_which, payload) => {
  expect(refusal(payload)).toBe('no-user')
})
