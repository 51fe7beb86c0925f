import type { AuthorizationServer } from './authorization-server/create-authorization-server.ts'
import type { Person } from './people.ts'

export interface Caller {
  person: Person
  scopes: ReadonlySet<string>
}

/** Undefined for a user's token, and for an unknown one. */
export async function findMachine(
  server: AuthorizationServer,
  authorization: string,
): Promise<{ scopes: ReadonlySet<string> } | undefined> {
  const [, value] = /^bearer +(\S+)$/i.exec(authorization) ?? []
  const token = value ? await server.provider.ClientCredentials.find(value) : undefined
  return token && { scopes: new Set(token.scope?.split(' ').filter(Boolean)) }
}

export async function findCaller(server: AuthorizationServer, authorization: string): Promise<Caller | undefined> {
  const [, value] = /^(?:bearer|token) +(\S+)$/i.exec(authorization) ?? []
  if (!value) return undefined
  const token = await server.provider.AccessToken.find(value)
  const person = token?.accountId ? server.people.withSubject(token.accountId) : undefined
  return token && person ? { person, scopes: new Set(token.scope?.split(' ').filter(Boolean)) } : undefined
}
