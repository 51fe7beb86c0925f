import { type AuthorizationId, isEnded, splitScopes } from '@agent-identity/contracts'
import type { Asking } from './asking-of-turn.ts'
import { requestName, startingOver } from './request-name.ts'
import type { ResourceAccessOutcome } from './resource-access.ts'

/** The name, in the turn's memory, of the wait for the user's decision about an account. */
export const whileHeld = (name: string): string => `${name} held`

/**
 * If the user disconnected while this turn was asking them, that was their answer. The turn's request is of the generation before the
 * disconnection's, or of the one before that where another account came in between.
 */
export async function disconnectedWhileAsked(
  { ref, scopes, needed, connection }: Pick<Asking, 'ref' | 'scopes' | 'needed' | 'connection'>,
  find: (request: string) => Promise<AuthorizationId | undefined>,
  endOf: (id: AuthorizationId) => Promise<ResourceAccessOutcome | { outcome: 'ask' }>,
): Promise<ResourceAccessOutcome | undefined> {
  const generation = connection?.generation ?? 0
  if (generation === 0) return undefined
  const ended = connection?.ended.map((entry) => entry.scopes) ?? []
  for (const before of [scopes.join(' '), ...ended]) {
    const scopesBefore = splitScopes(before)
    if (!needed.every((scope) => scopesBefore.includes(scope))) continue
    const namesAt = (then: number) => {
      const name = requestName(ref, scopesBefore, then)
      return [name, startingOver(name)] as const
    }
    const [name, again] = namesAt(generation - 1)
    const askedBefore = (await find(name)) ?? (await find(again))
    const answered = askedBefore && (await endOf(askedBefore))
    if (answered && answered.outcome === 'declined') return answered
    if (generation === 1 || !isEnded(connection)) continue
    for (const undecided of [...namesAt(generation - 2), whileHeld(name), whileHeld(again)])
      if (await find(undecided)) return { outcome: 'declined', code: 'cancelled' }
  }
  return undefined
}
