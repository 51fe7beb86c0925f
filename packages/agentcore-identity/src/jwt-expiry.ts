/**
 * The expiry of a JWT, in Unix milliseconds; nothing when it is not a JWT or has none. It is not verified here, which is AgentCore's
 * part: the value only says for how long AgentCore will accept the token.
 */
export function jwtExpiry(jwt: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const exp = (claims as { exp?: unknown } | null)?.exp
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1_000 : undefined
  } catch {
    return undefined
  }
}
