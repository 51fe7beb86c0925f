import {
  type AuthorizationFailedCode,
  type AuthorizationId,
  type PendingAuthorization,
  type ProviderId,
  type TurnEvent,
  type TurnId,
  type UserRef,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Audit, Clock } from '@agent-identity/service-runtime'
import type { AccessRequest } from './request-authorization.ts'

export interface SettleAuthorizationPorts {
  authorizations: {
    read(id: AuthorizationId): Promise<PendingAuthorization | undefined>
    end(id: AuthorizationId, status: 'cancelled' | 'expired'): Promise<boolean>
    abandon(id: AuthorizationId): Promise<boolean>
    waitingTurns(id: AuthorizationId): Promise<TurnId[]>
    release(id: AuthorizationId, record: PendingAuthorization): Promise<void>
    forget(id: AuthorizationId): Promise<void>
  }
  existingToken(request: AccessRequest): Promise<string | undefined>
  accountOf(provider: ProviderId, accessToken: string): Promise<string | undefined>
  connections: {
    connected(
      user: UserRef,
      provider: ProviderId,
      scopes: readonly string[],
      account: string | undefined,
    ): Promise<void>
  }
  turns: {
    tell(turn: TurnId, event: TurnEvent): Promise<void>
    resume(turn: TurnId): Promise<void>
  }
  audit: Audit
  clock: Clock
}

/**
 * Step 10. Somebody says that an authorization has come to its end, or its time is over: the record says whether that is
 * so, AgentCore says whether there is a token, and only then are the waiting turns told and resumed. Doing it twice does
 * no harm: a turn that no longer waits is not resumed.
 *
 * @returns `later` when it is still under way, with the time (Unix, ms) at which it is worth looking again.
 */
export async function settleAuthorization(
  id: AuthorizationId,
  ports: SettleAuthorizationPorts,
): Promise<'settled' | { later: number }> {
  const record = await ports.authorizations.read(id)
  if (!record) {
    await ports.authorizations.forget(id)
    return 'settled'
  }
  const now = ports.clock()
  if (record.status === 'pending') {
    if (now < record.expiresAt) return { later: record.expiresAt }
    if (await ports.authorizations.end(id, 'expired')) ports.audit({ event: 'expired', ...about(id, record) })
    return settleAuthorization(id, ports)
  }
  if (record.status === 'binding') {
    const endsAt = record.bindingEndsAt ?? 0
    if (now < endsAt) return { later: endsAt }
    if (await ports.authorizations.abandon(id))
      ports.audit({ event: 'binding_unconfirmed', ...about(id, record), reason: 'left-behind' })
    return settleAuthorization(id, ports)
  }

  // From here on another tool may ask for the same provider and scopes and get an authorization of its own.
  await ports.authorizations.release(id, record)
  const event = await endOf(id, record, ports)
  for (const turn of await ports.authorizations.waitingTurns(id)) {
    await ports.turns.tell(turn, event)
    await ports.turns.resume(turn)
  }
  await ports.authorizations.forget(id)
  return 'settled'
}

/** AgentCore has the last word: an outcome that session binding never learnt is a connection if there is a token. */
async function endOf(
  id: AuthorizationId,
  record: PendingAuthorization,
  ports: SettleAuthorizationPorts,
): Promise<TurnEvent> {
  if (record.status !== 'bound' && record.status !== 'unconfirmed') return failed(id, failedCode(record))
  const scopes = record.scopes.split(' ')
  const { owner: user, provider, correlationId } = record
  const accessToken = await ports.existingToken({
    userSession: userSessionRefOf(id),
    user,
    provider,
    scopes,
    requestId: correlationId,
    after: { authorizationId: id, correlationId },
  })
  if (record.status === 'unconfirmed' && accessToken === undefined) return failed(id, 'failed')
  // Which account it is, is a courtesy: a vendor that does not answer holds nobody up.
  const account = accessToken === undefined ? undefined : await ports.accountOf(provider, accessToken)
  await ports.connections.connected(user, provider, scopes, account)
  return {
    event: 'authorization_completed',
    data: { authorizationId: id, ...(account === undefined ? {} : { account }) },
  }
}

/** Nobody's request is being answered here: what is done goes by the id of the one that created the authorization. */
const about = (authorizationId: AuthorizationId, { owner, provider, scopes, correlationId }: PendingAuthorization) => ({
  requestId: correlationId,
  user: owner,
  userSession: userSessionRefOf(authorizationId),
  authorizationId,
  correlationId,
  provider,
  scopes: scopes.split(' '),
})

function failedCode(record: PendingAuthorization): AuthorizationFailedCode {
  if (record.status === 'cancelled' || record.status === 'expired') return record.status
  return record.failure === 'denied' ? 'denied' : 'failed'
}

const failed = (authorizationId: AuthorizationId, code: AuthorizationFailedCode): TurnEvent => ({
  event: 'authorization_failed',
  data: { authorizationId, code },
})
