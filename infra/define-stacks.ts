import { type App, type StackProps, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { prefixOf } from './names.ts'
import type { Deployment } from './read-deployment.ts'
import { EdgeStack } from './stacks/edge.ts'
import { IdentityStack } from './stacks/identity.ts'
import { NetworkStack } from './stacks/network.ts'
import { ServicesStack } from './stacks/services.ts'
import { SessionStoreStack } from './stacks/session-store.ts'

export function defineStacks(app: App, deployment: Deployment) {
  // Unique in an account and Region: CloudFormation and the CDK derive names from these ids.
  const idOf = (name: string) => `${prefixOf(deployment)}-${name}`
  const about = (description: string): StackProps => ({
    description: `AI agents that act for signed-in users (${deployment.name}): ${description}`,
    // No account: with one, the CDK would look up availability zones at synth.
    env: { region: deployment.region },
    tags: { project: 'agentcore-identity-on-ecs', stage: deployment.name },
    terminationProtection: deployment.keepsData,
  })

  const network = new NetworkStack(app, idOf('network'), {
    ...about('the VPC, who may talk to whom, flow logs'),
    deployment,
  })
  const edge = new EdgeStack(app, idOf('edge'), {
    ...about('the load balancer, the public address, the firewall'),
    deployment,
    network,
  })
  const identity = new IdentityStack(app, idOf('identity'), {
    ...about('sign-in, the workload identity, credential providers'),
    deployment,
    network,
    edge,
  })
  const sessionStore = new SessionStoreStack(app, idOf('session-store'), {
    ...about('Valkey, and the keys that seal its records'),
    deployment,
    network,
    identity,
  })
  const services = new ServicesStack(app, idOf('services'), {
    ...about('agent workload and session binding'),
    deployment,
    network,
    edge,
    identity,
    sessionStore,
  })

  // A finding that is not acknowledged fails the synthesis.
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return { network, edge, identity, sessionStore, services }
}
