import { type App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import { AgentServices } from '../constructs/agent-services.ts'
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
    // `Default` is part of no logical id.
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
      sessionStore: sessionStore.access,
      keyRings: sessionStore.keyRings,
      region: deployment.region,
      modelId: deployment.modelId,
      identityArtifact: deployment.identityArtifact,
      consentsAtOnce: deployment.consentsAtOnce,
      changes: deployment.changes,
    })
    // Read from the identity stack for every set of providers: an update that rolls back then finds the same outputs.
    new CfnOutput(this, 'SignInPages', { value: identity.signIn.pages, description: 'Where users sign in' })
  }
}
