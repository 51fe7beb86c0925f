/**
 * When a JWT ends, in Unix milliseconds; nothing when it is not a JWT or does not say. Read, not verified: that is
 * AgentCore's part. We only want to know for how long it will go on accepting the token.
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
