import { User } from '@agent-identity/contracts'

type Claims = Readonly<Record<string, unknown>>

/** The user of a validated ID token; undefined when its issuer or subject is invalid. Name and e-mail are for display, and cause no refusal. */
export function userFromClaims(claims: Claims): User | undefined {
  const text = (name: string) => {
    const value = claims[name]
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }
  const email = text('email')
  const name = text('name') ?? text('preferred_username') ?? email ?? text('sub')
  const user = User.safeParse({
    issuer: claims.iss,
    subject: claims.sub,
    name: name?.slice(0, 256),
    ...(email && email.length <= 320 ? { email } : {}),
  })
  return user.success ? user.data : undefined
}

/**
 * OpenID Connect Core §3.1.3.7 (5): an `azp`, if present, should be our client id. oauth4webapi checks it only when there are several
 * audiences.
 */
export const isAuthorizedParty = (claims: Claims, clientId: string): boolean =>
  claims.azp === undefined || claims.azp === clientId

/** Back-Channel Logout 1.0 §2.1: the issuer's id of this session in logout tokens. */
export const sidOf = ({ sid }: Claims): string | undefined => (isName(sid) ? sid : undefined)

/** The id of a subject, a session or a token: 1 to 255 characters. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 255

/** Reads the subject from an ID token that was validated on arrival, and sealed since. */
export function subjectOf(idToken: string): unknown {
  const payload = idToken.split('.')[1] ?? ''
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims).sub
}
