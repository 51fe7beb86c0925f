import type { UserSession } from '@agent-identity/contracts'
import { sidOf } from './oidc-claims.ts'

/** `claim`: lists a user's groups in the ID token. */
export interface Administrators {
  claim: string
  group: string
}

/** `sid`: the issuer's id of the session. */
export interface SignInFacts extends Pick<UserSession, 'authenticatedAt' | 'administratorOf'> {
  sid?: string | undefined
}

type Claims = Readonly<Record<string, unknown>>

/** Of a validated ID token. */
export function signInFactsOf(claims: Claims, administrators: Administrators | undefined): SignInFacts {
  const [sid, authenticatedAt] = [sidOf(claims), authenticatedAtOf(claims)]
  return {
    ...(sid === undefined ? {} : { sid }),
    ...(authenticatedAt === undefined ? {} : { authenticatedAt }),
    ...(administrators && isMember(claims, administrators) ? { administratorOf: administrators.group } : {}),
  }
}

/** Compared whole: another group's name may begin like this one. */
function isMember(claims: Claims, { claim, group }: Administrators): boolean {
  const groups = Object.hasOwn(claims, claim) ? claims[claim] : undefined
  return groups === group || (Array.isArray(groups) && groups.includes(group))
}

/** OpenID Connect Core §2; Unix time in milliseconds. */
function authenticatedAtOf({ auth_time: seconds }: Claims): number | undefined {
  return typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds > 0 ? seconds * 1_000 : undefined
}
