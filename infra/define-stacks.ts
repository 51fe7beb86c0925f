import { type App, type StackProps, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { prefixOf } from './names.ts'
import type { Deployment } from './read-deployment.ts'
import { EdgeStack } from './stacks/edge.ts'
import { IdentityStack } from './stacks/identity.ts'
import { NetworkStack } from './stacks/network.ts'
import { ServicesStack } from './stacks/services.ts'
import { SessionStoreStack } from './stacks/session-store.ts'

/**
 * The table of contents: each stack uses only the stacks above it. The order follows from the references: the identity needs the public address,
 * and the services need everything.
 */
export function defineStacks(app: App, deployment: Deployment) {
  // The prefix of every id: CloudFormation and the CDK derive names from ids that must be unique per account.
  const idOf = (name: string) => `${prefixOf(deployment)}-${name}`
  const about = (description: string): StackProps => ({
    description: `AI agents that act for signed-in users (${deployment.name}): ${description}`,
    // No account: the credentials of the deployment decide. Availability zones then come from the account, without a look-up at synth.
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

  // A finding without an acknowledgement and its reason fails the synthesis, here and in a fork.
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return { network, edge, identity, sessionStore, services }
}
