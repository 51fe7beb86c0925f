/**
 * The claims of a JWT that is not verified here, so they must not grant anything. Their uses: restrictions (IAM condition keys), finding the issuer
 * whose keys verify the JWT, the user in the list of calls, and JWTs whose signature was checked before.
 */
export function unverifiedClaims(jwt: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
