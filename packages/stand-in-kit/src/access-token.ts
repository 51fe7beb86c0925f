import type { AuthorizationServer } from './authorization-server/create-authorization-server.ts'
import type { Person } from './people.ts'

/** Who calls the API, and what they may do there. */
export interface Caller {
  person: Person
  scopes: ReadonlySet<string>
}

/** Reads an `Authorization` header; undefined when its token is unknown, expired or revoked. */
export async function findCaller(server: AuthorizationServer, authorization: string): Promise<Caller | undefined> {
  const [, value] = /^(?:bearer|token) +(\S+)$/i.exec(authorization) ?? []
  if (!value) return undefined
  const token = await server.provider.AccessToken.find(value)
  const person = token?.accountId ? server.people.withSubject(token.accountId) : undefined
  return token && person ? { person, scopes: new Set(token.scope?.split(' ').filter(Boolean)) } : undefined
}
