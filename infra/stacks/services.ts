import { SESSION_BINDING_PATHS } from '@agent-identity/contracts'
import { type App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import { acknowledge } from '../constructs/acknowledge.ts'
import { grantModel } from '../constructs/grant-model.ts'
import { WebService } from '../constructs/web-service.ts'
import type { Deployment } from '../read-deployment.ts'
import { agentWorkloadEnvironment, sessionBindingEnvironment } from '../service-environment.ts'
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

/** Two containers and what each may do. They share a host and a session store, and never call each other. */
export class ServicesStack extends Stack {
  readonly agentWorkload: WebService
  readonly sessionBinding: WebService

  constructor(app: App, id: string, props: ServicesProps) {
    super(app, id, props)
    const { deployment, network, identity } = props
    const { workloadIdentity } = identity
    const providers = [...identity.providers.values()]
    const common = { ...props, cluster: createCluster(this, props) }

    this.sessionBinding = new WebService(this, 'SessionBinding', {
      ...common,
      service: 'session-binding',
      securityGroup: network.traffic.sessionBinding,
      subnets: network.sessionBindingSubnets,
      environment: sessionBindingEnvironment(props),
      route: { priority: 10, paths: SESSION_BINDING_PATHS },
    })
    workloadIdentity.grantSessionBinding(this.sessionBinding.taskRole, providers)

    this.agentWorkload = new WebService(this, 'AgentWorkload', {
      ...common,
      service: 'agent-workload',
      securityGroup: network.traffic.agentWorkload,
      subnets: { subnetGroupName: 'services' },
      environment: agentWorkloadEnvironment(props),
      route: { priority: 20, paths: ['/*'] },
    })
    workloadIdentity.grantAgentWorkload(this.agentWorkload.taskRole, providers)
    grantModel(this.agentWorkload.taskRole, deployment.modelId)
    // Read from the identity stack whatever the providers are: an update that rolls back finds what it read before.
    new CfnOutput(this, 'SignInPages', { value: identity.signIn.domainUrl, description: 'Where users sign in' })
  }
}

function createCluster(scope: Stack, { deployment, network }: ServicesProps): ecs.Cluster {
  const isWatched = deployment.containerInsights
  const cluster = new ecs.Cluster(scope, 'Cluster', {
    vpc: network.vpc,
    containerInsightsV2: isWatched ? ecs.ContainerInsights.ENABLED : ecs.ContainerInsights.DISABLED,
  })
  if (!isWatched)
    acknowledge(cluster, { 'AwsSolutions-ECS4': 'Container Insights is a stage option; the sandbox saves its cost.' })
  return cluster
}
