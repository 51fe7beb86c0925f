import { AuthorizationId, StartId, UserRef } from './identifiers.ts'
import { ProviderId } from './provider.ts'

/** A sorted set: {@link dueId}s by the time (Unix, ms) at which a replica looks at the record next. */
export const DUE_KEY = 'due:{agent-workload}'

/** A member of the set. It may contain a user ref. */
export type DueId = string & { readonly due: unique symbol }

export const dueId = {
  start: (id: StartId) => `start ${id}` as DueId,
  authorization: (owner: UserRef, id: AuthorizationId) => `authorization ${owner} ${id}` as DueId,
  left: (user: UserRef, provider: ProviderId) => `left ${user} ${provider}` as DueId,
}

export type Due =
  | { kind: 'start'; id: StartId }
  | { kind: 'authorization'; owner: UserRef; id: AuthorizationId }
  | { kind: 'left'; user: UserRef; provider: ProviderId }

/** @returns undefined for what no service writes: the set is not sealed */
export function parseDueId(text: string): Due | undefined {
  const [kind, first, second, ...more] = text.split(' ')
  if (more.length > 0) return undefined
  if (kind === 'start') {
    const id = StartId.safeParse(first).data
    return id && second === undefined ? { kind, id } : undefined
  }
  const user = UserRef.safeParse(first).data
  if (kind === 'authorization') {
    const id = AuthorizationId.safeParse(second).data
    return user && id && { kind, owner: user, id }
  }
  const provider = ProviderId.safeParse(second).data
  return kind === 'left' && user && provider ? { kind, user, provider } : undefined
}
