import {
  type AuthorizationFailedCode,
  type AuthorizationId,
  type ConsentRequestId,
  ConsentRequestId as ConsentRequestIdSchema,
  type ConsentRequestProgress,
  UserRef,
  WaiterId,
} from '@agent-identity/contracts'
import type { SettleAuthorizationPorts } from '../settle-authorization.ts'
import type { ConsentRequestRecords } from './consent-request-records.ts'

export const waiterOf = (owner: UserRef, id: ConsentRequestId) => WaiterId.parse(`${owner}.${id}`)

/** @returns undefined for a turn */
function parseWaiter(waiter: WaiterId): { owner: UserRef; id: ConsentRequestId } | undefined {
  const [user, request, ...more] = waiter.split('.')
  const owner = UserRef.safeParse(user).data
  const id = ConsentRequestIdSchema.safeParse(request).data
  return owner && id && more.length === 0 ? { owner, id } : undefined
}

type Waiting = SettleAuthorizationPorts['waiting']

/** Step 10 for consent requests. Other waiters go to `others`, and are never called off. */
export function waitingConsentRequests(
  records: Pick<ConsentRequestRecords, 'read' | 'change'>,
  others: Waiting,
): Waiting {
  async function conclude(
    { owner, id }: { owner: UserRef; id: ConsentRequestId },
    authorizationId: AuthorizationId,
    to: ConsentRequestProgress,
  ): Promise<void> {
    for (;;) {
      const request = await records.read(owner, id)
      if (request?.status !== 'started' || request.authorizationId !== authorizationId) return
      if (await records.change(request, to)) return
    }
  }

  return {
    async isOf(waiter, person) {
      const parsed = parseWaiter(waiter)
      return parsed ? parsed.owner === person.owner : others.isOf(waiter, person)
    },
    async tell(waiter, event) {
      const parsed = parseWaiter(waiter)
      if (!parsed) return others.tell(waiter, event)
      if (event.event === 'authorization_completed')
        await conclude(parsed, event.data.authorizationId, {
          status: 'bound',
          authorizationId: event.data.authorizationId,
        })
      if (event.event === 'authorization_failed')
        await conclude(parsed, event.data.authorizationId, afterFailure(event.data.authorizationId, event.data.code))
    },
    async resume(waiter) {
      if (!parseWaiter(waiter)) await others.resume(waiter)
    },
    async isCalledOff(waiter) {
      const parsed = parseWaiter(waiter)
      if (!parsed) return false
      const request = await records.read(parsed.owner, parsed.id)
      // A cancellation in the client does not end what its user has begun elsewhere.
      return request?.status === 'cancelled' && !request.joined
    },
  }
}

/** An expired authorization is no denial: until the request itself expires, the user may open the link again. */
const afterFailure = (authorizationId: AuthorizationId, code: AuthorizationFailedCode): ConsentRequestProgress =>
  code === 'expired' ? { status: 'open' } : { status: 'failed', authorizationId, code }
