import { AuthorizationId, type ConnectionId, NO_CONNECTIONS, type ProviderId } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { authorizationOf, connectionLedgerOf, startOf } from '../support/secrets.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, redis, finishes } = attacksOn(stack)

const BASE = 'read:user repo'

/** Writes a connection's record that can be opened, with unknown scopes. */
const remember = async (who: Parameters<typeof waiting>[0] & object, provider: ProviderId) => {
  const { id, startUrl: _, ...rest } = await waiting(who)
  const owner = (await authorizationOf(stack, id))?.owner
  if (!owner) throw new Error('The authorization has no owner')
  expect((await who.api(`/api/authorizations/${id}`, { method: 'DELETE' })).status).toBe(204)
  await rest.stream.answer()
  const scopes = 'repo admin:org delete_repo'
  const ledger = connectionLedgerOf(stack, redis)
  const connection = {
    ...{ id: 'connection1' as ConnectionId, account: '1', status: 'needs_reauthorization' as const },
    ...{ entry: { credentialProvider: 'github', scopes, parameters: {} }, granted: scopes, generation: 0, since: 1 },
  }
  const seen = await ledger.read(owner, provider)
  await ledger.write(owner, provider, seen, { ...NO_CONNECTIONS, connections: [connection] })
}

const scopesAtStart = async (id: AuthorizationId) => (await startOf(stack, id))?.entry.scopes

test('unknown scopes in a connection’s record are not requested', async () => {
  const who = await signedIn(stack)
  await remember(who, 'github')

  const ahead = await who.api('/api/connections/github/authorizations', { method: 'POST' })
  expect(ahead.status).toBe(201)
  const id = AuthorizationId.parse(JSON.parse(ahead.body).authorizationId)
  await who.start(JSON.parse(ahead.body).startUrl)
  expect(await scopesAtStart(id)).toBe(BASE)
  expect((await who.api(`/api/authorizations/${id}`, { method: 'DELETE' })).status).toBe(204)

  const turn = await waiting(who)
  expect(turn.stream.text).not.toMatch(/admin:org|delete_repo/)
  const consentPage = await who.start(turn.startUrl)
  expect(await scopesAtStart(turn.id)).toBe(BASE)
  expect(consentPage.body).toContain('repo')
  expect(consentPage.body).not.toMatch(/admin:org|delete_repo/)
  await finishes(turn)
})
