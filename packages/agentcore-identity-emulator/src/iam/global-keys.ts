import type { ContextVariables } from './policy/index.ts'

export type Caller = { address: string | undefined; userAgent: string | undefined }

/**
 * Global condition keys (IAM User Guide, "AWS global condition context keys"): without a key, a Deny that names it may not apply. `aws:userid` is
 * absent, because only IAM knows it.
 */
export function globalKeys(principalArn: string, caller: Caller, now: number): ContextVariables {
  const [, kind = '', name = ''] =
    /:(user|assumed-role|federated-user|root)(?:\/(?:.*\/)?([^/]+))?$/.exec(principalArn) ?? []
  const type: Readonly<Record<string, string>> = {
    user: 'User',
    'assumed-role': 'AssumedRole',
    'federated-user': 'FederatedUser',
    root: 'Account',
  }
  return {
    'aws:CurrentTime': new Date(now).toISOString(),
    'aws:EpochTime': String(Math.floor(now / 1000)),
    // The live service is on HTTPS.
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
    'aws:PrincipalIsAWSService': 'false',
    ...(type[kind] ? { 'aws:PrincipalType': type[kind] } : {}),
    ...(kind === 'user' ? { 'aws:username': name } : {}),
    ...(caller.address ? { 'aws:SourceIp': caller.address.replace(/^::ffff:(?=\d+\.)/, '') } : {}),
    ...(caller.userAgent ? { 'aws:UserAgent': caller.userAgent } : {}),
  }
}

/** The keys of a call that the service makes with the caller's permissions. */
export const VIA_AGENTCORE: ContextVariables = {
  'aws:CalledVia': ['bedrock-agentcore.amazonaws.com'],
  'aws:CalledViaFirst': 'bedrock-agentcore.amazonaws.com',
  'aws:CalledViaLast': 'bedrock-agentcore.amazonaws.com',
  'aws:ViaAWSService': 'true',
}
