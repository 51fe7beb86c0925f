import { unverifiedClaims } from '../identity/unverified-claims.ts'

const CLAIMS = ['iss', 'sub', 'aud', 'scope', 'client_id'] as const

/** The JWT is not verified yet: a call that is allowed for a forged claim must be refused later. */
export function inboundJwtConditionKeys(userToken: string): Record<string, string | string[]> {
  const claims = unverifiedClaims(userToken)
  const keys: Record<string, string | string[]> = {}
  for (const claim of CLAIMS) {
    const value = claims[claim]
    if (typeof value === 'string') keys[`bedrock-agentcore:InboundJwtClaim/${claim}`] = value
    else if (Array.isArray(value))
      keys[`bedrock-agentcore:InboundJwtClaim/${claim}`] = value.filter((v) => typeof v === 'string')
  }
  return keys
}

export function tagConditionKeys(tags: Record<string, string> | undefined): Record<string, string | string[]> {
  if (tags === undefined) return {}
  const requestTags = Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const)
  return { ...Object.fromEntries(requestTags), 'aws:TagKeys': Object.keys(tags) }
}
