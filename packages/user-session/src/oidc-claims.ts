import { User } from '@agent-identity/contracts'

type Claims = Readonly<Record<string, unknown>>

/**
 * The person behind an ID token that has been validated, or undefined when its subject cannot be one of ours. Name and
 * e-mail are for display: they are shortened, and replaced by the next best claim, rather than refused.
 */
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
 * OpenID Connect Core §3.1.3.7 (5): an `azp`, wherever there is one, names us. oauth4webapi looks at it only when there
 * are several audiences.
 */
export const isAuthorizedParty = (claims: Claims, clientId: string): boolean =>
  claims.azp === undefined || claims.azp === clientId

/** Back-Channel Logout 1.0 §2.1: what the issuer will call this session when it ends there. */
export const sidOf = ({ sid }: Claims): string | undefined => (isName(sid) ? sid : undefined)

/** Of a subject, a session or a token: what is longer counts as none, at the sign-in and at the logout alike. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 255

/** Reads the subject from an ID token that was validated when it came, and sealed since. */
export function subjectOf(idToken: string): unknown {
  const payload = idToken.split('.')[1] ?? ''
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims).sub
}
