import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import type { SecretsKey } from './secrets-key.ts'

export interface KeyRings {
  userSessions: secretsmanager.ISecret
  identityArtifacts: secretsmanager.ISecret
  userTokens: secretsmanager.ISecret
  turns: secretsmanager.ISecret
}

export interface McpKeyRings {
  connections: secretsmanager.ISecret
  mcp: secretsmanager.ISecret
}

/** The key rings of the agent workload and session binding. */
export const createKeyRings = (scope: Construct, key: SecretsKey): KeyRings => ({
  userSessions: key.keyRing(scope, 'UserSessionKeys', 'Seals who is signed in; both services open it'),
  identityArtifacts: key.keyRing(scope, 'IdentityArtifactKeys', 'Seals identity artifacts between both services'),
  userTokens: key.keyRing(scope, 'UserTokensKeys', 'Seals the users’ own tokens; the agent workload only'),
  turns: key.keyRing(scope, 'TurnKeys', 'Seals turns and authorization URLs; the agent workload only'),
})

/** The key rings of an MCP server. The agent workload has `connections`, too. */
export const createMcpKeyRings = (scope: Construct, key: SecretsKey): McpKeyRings => ({
  connections: key.keyRing(
    scope,
    'ConnectionKeys',
    'Seals connections and what MCP clients ask for; agent workload and MCP server',
  ),
  mcp: key.keyRing(
    scope,
    'McpKeys',
    'Seals what the MCP server gives to clients and keeps of their calls; the MCP server only',
  ),
})
