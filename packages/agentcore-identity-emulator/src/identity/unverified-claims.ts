/**
 * What a JWT says, whoever wrote it. Only for narrowing (IAM condition keys) and for tokens whose signature was checked
 * before: nothing is granted on the strength of this.
 */
export function unverifiedClaims(jwt: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
