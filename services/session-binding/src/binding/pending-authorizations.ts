import {
  AUTHORIZATION_EXPIRIES_KEY,
  AUTHORIZATION_SETTLED_CHANNEL,
  type AuthorizationFailure,
  BINDING_NOTIFICATIONS_STREAM,
  IdentityArtifact,
  LOOK_AFTER_CHANGE_MS,
  type PendingAuthorizationStatus,
  PLACES,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Clock, PendingAuthorizationRecords, RedisClient, Sealer } from '@agent-identity/service-runtime'
import type { BindingEnd, BindSessionPorts } from './bind-session.ts'
import type { SettledAuthorizations } from './settled-authorizations.ts'

interface Dependencies {
  redis: RedisClient
  records: PendingAuthorizationRecords
  artifactSealer: Sealer
  settledAuthorizations: SettledAuthorizations
  /** Milliseconds until a record in `binding` counts as left behind; must be longer than a claim and its calls to AgentCore can take. */
  bindingMs: number
  clock: Clock
}

const RECORD_OF: Record<BindingEnd, { status: PendingAuthorizationStatus; failure?: AuthorizationFailure }> = {
  bound: { status: 'bound' },
  denied: { status: 'failed', failure: 'denied' },
  refused: { status: 'failed', failure: 'refused' },
  unconfirmed: { status: 'unconfirmed' },
  // Without a `failure`: no refusal was seen, and a turn that waits for it asks AgentCore for another one.
  'left-its-browser': { status: 'failed' },
}

export function createPendingAuthorizations(dependencies: Dependencies): BindSessionPorts['authorizations'] {
  const { redis, records, artifactSealer, settledAuthorizations, bindingMs, clock } = dependencies
  const { read } = records

  const claim: BindSessionPorts['authorizations']['claim'] = async (id, record) => {
    const bindingEndsAt = clock() + bindingMs
    // Before the claim: this process may die during the call, and the workload then checks the record.
    await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, 'XX', 'LT', bindingEndsAt, id)
    // After the user session has ended, the record cannot be claimed.
    const userSession = userSessionKey(userSessionRefOf(id))
    return records.change(id, record, { status: 'binding', bindingEndsAt }, userSession)
  }

  return {
    read,
    claim,

    openIdentityArtifact: (id, record) =>
      IdentityArtifact.parse(
        JSON.parse(artifactSealer.open(record.sealedIdentityArtifact, PLACES.identityArtifact(id, record))),
      ),

    async recordOutcome(id, record, end, onRecorded) {
      // No claim has set the workload's check, and this process may die before the notification.
      if (record.status === 'pending')
        await redis.zadd(AUTHORIZATION_EXPIRIES_KEY, 'XX', 'LT', clock() + LOOK_AFTER_CHANGE_MS, id)
      for (let from = record; ; ) {
        const recorded = await records.change(id, from, RECORD_OF[end])
        if (recorded) {
          onRecorded?.()
          await Promise.all([
            redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'authorizationId', id),
            redis.publish(AUTHORIZATION_SETTLED_CHANNEL, id),
          ])
          return { isNew: true, record: recorded }
        }
        const now = await read(id)
        // During the call `unconfirmed` was stored, by the agent workload or for another return.
        const late = from.status === 'binding' && now?.status === 'unconfirmed' && end !== 'unconfirmed'
        // The claim was lost, as in a failover of Redis. AgentCore may have been called: no other return may call it.
        const unclaimed = from.status === 'binding' && now?.status === 'pending'
        // A browser has started it meanwhile.
        const stillOpen = end === 'left-its-browser' && now?.status === 'pending'
        const next = late || stillOpen ? now : unclaimed && (await claim(id, now))
        if (!next) return { isNew: false, record: now }
        from = next
      }
    },

    untilOutcome: (id) => settledAuthorizations.next(id, () => read(id)),
  }
}
