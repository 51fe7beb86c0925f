/** RFC 6749 §3.3, and no longer than AgentCore takes. */
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/
const MOST_SCOPES = 100

/**
 * The scopes of a vendor's list, with commas or spaces between them. Undefined for none: a GitHub App's token has permissions instead.
 */
export function scopesInText(text: unknown): string[] | undefined {
  if (typeof text !== 'string') return undefined
  const scopes = text.split(/[\s,]+/).filter((scope) => SCOPE.test(scope))
  return scopes.length > 0 ? scopes.slice(0, MOST_SCOPES) : undefined
}
