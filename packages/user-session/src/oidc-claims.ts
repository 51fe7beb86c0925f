import { User } from '@agent-identity/contracts'

type Claims = Readonly<Record<string, unknown>>

/** The user of a validated ID token; undefined when the issuer or subject is not valid. Name and e-mail cause no refusal. */
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

/** OpenID Connect Core §3.1.3.7 (5). oauth4webapi checks `azp` only when there are several audiences. */
export const isAuthorizedParty = (claims: Claims, clientId: string): boolean =>
  claims.azp === undefined || claims.azp === clientId

/** Back-Channel Logout 1.0 §2.1. */
export const sidOf = ({ sid }: Claims): string | undefined => (isName(sid) ? sid : undefined)

/** The id of a subject, a session or a token. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 255

/** The ID token was validated on arrival, and sealed since. */
export function subjectOf(idToken: string): unknown {
  const payload = idToken.split('.')[1] ?? ''
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims).sub
}
