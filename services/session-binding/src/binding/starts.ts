import {
  BINDING_NOTIFICATIONS_STREAM,
  DUE_KEY,
  dueId,
  IdentityArtifact,
  LOOK_AFTER_CHANGE_MS,
  PLACES,
  START_SETTLED_CHANNEL,
  type StartFailure,
  type StartStatus,
  userSessionKey,
  userSessionRefOf,
} from '@agent-identity/contracts'
import type { Clock, RedisClient, Sealer, StartRecords } from '@agent-identity/service-runtime'
import type { BindingEnd, BindSessionPorts } from './bind-session.ts'
import type { SettledStarts } from './settled-starts.ts'

interface Dependencies {
  redis: RedisClient
  records: StartRecords
  artifactSealer: Sealer
  settledStarts: SettledStarts
  /** Milliseconds until a record in `binding` counts as left behind; must be longer than a claim and its calls to AgentCore can take. */
  bindingMs: number
  clock: Clock
}

const RECORD_OF: Record<BindingEnd, { status: StartStatus; failure?: StartFailure }> = {
  bound: { status: 'bound' },
  denied: { status: 'failed', failure: 'denied' },
  refused: { status: 'failed', failure: 'refused' },
  unconfirmed: { status: 'unconfirmed' },
  // Without a `failure`: its authorization stays open, and its user can open the link again.
  'left-its-browser': { status: 'failed' },
}

export function createStarts(dependencies: Dependencies): BindSessionPorts['starts'] {
  const { redis, records, artifactSealer, settledStarts, bindingMs, clock } = dependencies
  const { read } = records

  const claim: BindSessionPorts['starts']['claim'] = async (record) => {
    const bindingEndsAt = clock() + bindingMs
    // Before the claim: this process may die during the call, and the workload then checks the record.
    await redis.zadd(DUE_KEY, 'XX', 'LT', bindingEndsAt, dueId.start(record.id))
    // After the user session has ended, the record cannot be claimed.
    const userSession = userSessionKey(userSessionRefOf(record.id))
    return records.change(record, { status: 'binding', bindingEndsAt }, userSession)
  }

  return {
    read,
    claim,

    openIdentityArtifact: (record) =>
      IdentityArtifact.parse(
        JSON.parse(artifactSealer.open(record.sealedIdentityArtifact, PLACES.identityArtifact(record.id, record))),
      ),

    async recordOutcome(record, end, onRecorded) {
      const { id } = record
      // No claim has set the workload's check, and this process may die before the notification.
      if (record.status === 'pending')
        await redis.zadd(DUE_KEY, 'XX', 'LT', clock() + LOOK_AFTER_CHANGE_MS, dueId.start(id))
      for (let from = record; ; ) {
        const recorded = await records.change(from, RECORD_OF[end])
        if (recorded) {
          onRecorded?.()
          await Promise.all([
            redis.xadd(BINDING_NOTIFICATIONS_STREAM, '*', 'startId', id),
            redis.publish(START_SETTLED_CHANNEL, id),
          ])
          return { isNew: true, record: recorded }
        }
        const now = await read(id)
        // During the call `unconfirmed` was stored, by the agent workload or for another return.
        const late = from.status === 'binding' && now?.status === 'unconfirmed' && end !== 'unconfirmed'
        // The claim was lost, as in a failover of Redis. AgentCore may have been called: no other return may call it.
        const unclaimed = from.status === 'binding' && now?.status === 'pending'
        const next = late ? now : unclaimed && (await claim(now))
        if (!next) return { isNew: false, record: now }
        from = next
      }
    },

    untilOutcome: (id) => settledStarts.next(id, () => read(id)),
  }
}
