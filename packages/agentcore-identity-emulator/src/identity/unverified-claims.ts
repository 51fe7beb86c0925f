/**
 * The claims of a JWT that is not verified here. They never grant anything: they restrict (IAM condition keys), name the issuer that is to verify the
 * JWT, name the user in the list of calls, or are of a JWT whose signature was checked before.
 */
export function unverifiedClaims(jwt: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
