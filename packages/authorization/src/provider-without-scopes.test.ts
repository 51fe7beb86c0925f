import { type OfferedProvider, scopesOfCall } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { authorizationRequired } from './authorization-required.ts'
import { createConnectionVault } from './connections/connection-vault.ts'
import { disconnectedWhileAsked } from './disconnected-while-asked.ts'
import { existingToken, requestAccess } from './request-authorization.ts'
import { requestName } from './request-name.ts'
import { settleAuthorization } from './settle-authorization.ts'
import { connectionRecord } from './test-support/connection.ts'
import { OFFERED } from './test-support/offered.ts'
import { asked, requesting, toConsent, token, user, userSession } from './test-support/requesting.ts'
import { id, record, settling } from './test-support/settling.ts'

/** A vendor with consent and without scopes, such as Notion. */
const pages: OfferedProvider = {
  id: 'pages',
  displayName: 'Pages',
  credential: 'user',
  baseScopes: [],
  scopeDescriptions: {},
  customParameters: {},
  credentialProvider: 'pages-provider',
  readOnly: true,
}
const ref = { user, provider: pages.id, named: undefined }

function world(replies: Parameters<typeof requesting>[0]) {
  const { ports, ...rest } = requesting(replies)
  return { ...rest, ports: { ...ports, offered: new Map([...OFFERED, [pages.id, pages]]) } }
}

test('a provider without scopes is connected: its consent is asked for, and its token read, with none', async () => {
  const { ports, records, requests, said } = world([toConsent, token])
  const { scopes } = scopesOfCall(pages, undefined, [])
  expect(await requestAccess({ ...asked, ...ref, scopes }, ports)).toMatchObject({ outcome: 'authorization-required' })
  const stored = { provider: pages.id, displayName: pages.displayName, scopes: records[0]?.scopes.join(' ') ?? 'none' }

  const { told, ports: settlingPorts, said: settled } = settling(stored)
  const existing = { existingToken: (access: typeof asked) => existingToken(access, ports) }
  expect(await settleAuthorization(id, { ...settlingPorts, offered: ports.offered, ...existing })).toBe('settled')
  expect(told.map(({ event }) => event)).toEqual(['authorization_completed', 'authorization_completed'])
  expect(requests.map((request) => request.scopes)).toEqual([[], []])
  expect([...said, ...settled].map((line) => 'scopes' in line && line.scopes)).toEqual([[], []])
  expect(authorizationRequired(id, { ...record, ...stored }, pages, undefined).scopes).toEqual([])
})

test('its entry of the token vault is read as it was asked for, to be revoked', async () => {
  const { ports, requests } = world([token])
  const entry = { scopes: '', parameters: {} }
  const read = await createConnectionVault(ports).read({ ...ref, userSession, requestId: 'r', entry })
  expect([read.outcome, requests.map(({ scopes }) => scopes)]).toEqual(['token', [[]]])
})

test('a turn that was asking for it is told that its user has disconnected', async () => {
  const ended = connectionRecord({ status: 'disconnected', generation: 1, ended: [{ scopes: '' }] })
  const find = async (name: string) => (name === requestName(ref, [], 0) ? id : undefined)
  const declined = { outcome: 'declined', code: 'cancelled' } as const
  const asking = { ref, scopes: [], needed: [], connection: ended }
  expect(await disconnectedWhileAsked(asking, find, async () => declined)).toEqual(declined)
})
