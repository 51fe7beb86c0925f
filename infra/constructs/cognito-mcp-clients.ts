import { CfnOutput } from 'aws-cdk-lib'
import * as cognito from 'aws-cdk-lib/aws-cognito'
import { Construct } from 'constructs'
import { appClientSettings, createPages } from './app-client.ts'
import type { CognitoSignIn } from './cognito-sign-in.ts'
import type { McpClients, McpTokenClaim } from './mcp-clients.ts'

interface Props {
  signIn: Pick<CognitoSignIn, 'userPool' | 'domain'>
  /** `<app>/mcp`. */
  resource: string
  redirectUris: readonly string[]
}

const SCOPE = 'tools'

/**
 * One public client for all MCP clients: Cognito's registration of clients stays off. Everyone who knows its id can ask for a sign-in, so the redirect URIs
 * decide where a code goes. Cognito does not require PKCE.
 */
export class CognitoMcpClients extends Construct implements McpClients {
  readonly ids: readonly string[]
  readonly tokenClaim: McpTokenClaim
  readonly scope: string

  constructor(scope: Construct, id: string, { signIn, resource, redirectUris }: Props) {
    super(scope, id)
    const { userPoolId } = signIn.userPool
    // Cognito writes a client's `resource=<app>/mcp` (RFC 8707) to `aud`. The identifier of a requested resource server must be a URL (developer
    // guide, cognito-user-pools-resource-binding).
    const server = new cognito.CfnUserPoolResourceServer(this, 'ResourceServer', {
      userPoolId,
      identifier: resource,
      name: 'MCP server',
      scopes: [{ scopeName: SCOPE, scopeDescription: 'Call the agent\u2019s tools' }],
    })
    this.scope = `${resource}/${SCOPE}`
    const client = new cognito.CfnUserPoolClient(this, 'Client', {
      userPoolId,
      ...appClientSettings({
        // Not `openid`: with it the access token could read the user's record at Cognito.
        scopes: [this.scope],
        callbackUrls: redirectUris,
        // The default of USER_SESSION_ABSOLUTE_SECONDS.
        refreshTokenMinutes: 12 * 60,
      }),
      generateSecret: false,
      // A public client's refresh token is replaced at each use (RFC 9700, 4.14.2). After a lost answer, the grace period allows a retry.
      refreshTokenRotation: { feature: 'ENABLED', retryGracePeriodSeconds: 60 },
      // Rotation excludes ALLOW_REFRESH_TOKEN_AUTH, which an empty list includes. The flow below needs a trigger, and the user pool has none.
      explicitAuthFlows: ['ALLOW_CUSTOM_AUTH'],
    })
    client.addResourceDependency(server)
    createPages(this, { userPoolId, clientId: client.ref, domain: signIn.domain })
    this.ids = [client.ref]
    this.tokenClaim = { client_id: this.ids }
    new CfnOutput(this, 'ClientId', { value: client.ref, description: 'The client id for MCP clients' })
  }
}
