import { ROUTES } from '@agent-identity/contracts'
import { type App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { AgentServices } from '../constructs/agent-services.ts'
import { CognitoMcpClients } from '../constructs/cognito-mcp-clients.ts'
import { CognitoSignIn } from '../constructs/cognito-sign-in.ts'
import { createMcpKeyRings } from '../constructs/key-rings.ts'
import { type McpClients, openIdMcpClients } from '../constructs/mcp-clients.ts'
import type { Deployment } from '../read-deployment.ts'
import type { EdgeStack } from './edge.ts'
import type { IdentityStack } from './identity.ts'
import type { NetworkStack } from './network.ts'
import type { SessionStoreStack } from './session-store.ts'

interface ServicesProps extends StackProps {
  deployment: Deployment
  network: NetworkStack
  edge: EdgeStack
  identity: IdentityStack
  sessionStore: SessionStoreStack
}

export class ServicesStack extends Stack {
  constructor(app: App, id: string, props: ServicesProps) {
    super(app, id, props)
    const { deployment, network, edge, identity, sessionStore } = props
    // The CDK leaves the id `Default` out of logical ids.
    new AgentServices(this, 'Default', {
      deployment,
      sizes: deployment.services,
      containerInsights: deployment.containerInsights,
      network: network.network,
      traffic: network.traffic,
      alarms: network.alarms,
      logsKey: network.logsKey,
      entrance: edge.entrance,
      signIn: identity.signIn,
      workloadIdentity: identity.workloadIdentity,
      providers: identity.providers,
      clients: deployment.providers,
      sessionStore: sessionStore.access,
      keyRings: sessionStore.keyRings,
      region: deployment.region,
      modelId: deployment.modelId,
      identityArtifact: deployment.identityArtifact,
      consentsAtOnce: deployment.consentsAtOnce,
      chatPage: deployment.chatPage,
      changes: deployment.changes,
      mcp: deployment.mcp.enabled ? this.mcpServer(props) : undefined,
      administrators: deployment.administrators,
    })
    // Read here whatever the providers are: a services stack that rolls back must find the identity stack's output
    // (docs/decisions/0107-weak-references.md).
    new CfnOutput(this, 'SignInPages', { value: identity.signIn.pages, description: 'Where users sign in' })
  }

  /** In this stack, so that switching the MCP server off deletes its tasks before the client and the key rings that they use. */
  private mcpServer({ deployment, edge, identity }: ServicesProps) {
    const resource = `${edge.publicUrl}${ROUTES.mcp}`
    new CfnOutput(this, 'McpAddress', { value: resource, description: 'The MCP server' })
    return {
      size: deployment.mcp.size,
      clients: this.mcpClients(deployment, identity, resource),
      allowedOrigins: deployment.mcp.allowedOrigins,
      keyRings: createMcpKeyRings(this, identity.secretsKey),
    }
  }

  private mcpClients({ mcp, signIn }: Deployment, identity: IdentityStack, resource: string): McpClients {
    if ('issuer' in signIn) return openIdMcpClients(signIn, mcp.clients, resource)
    if (!(identity.signIn instanceof CognitoSignIn)) throw new Error('There is no user pool')
    return new CognitoMcpClients(this, 'McpClients', {
      signIn: identity.signIn,
      resource,
      redirectUris: mcp.redirectUris,
    })
  }
}
