import { prefixOf } from '@agent-identity/infra/names'
import { type Deployment, type DeploymentContext, readDeployment } from '@agent-identity/infra/read-deployment'
import type { RunningDemo } from '@agent-identity/local/running-demo'
import type { Asked } from '../command-line.ts'
import { type AwsClients, createAwsClients } from './aws-clients.ts'
import { findDemo } from './find-demo.ts'

export interface DemoTarget {
  kind: 'local'
  demo: RunningDemo
}

export interface StageTarget {
  kind: 'stage'
  context: DeploymentContext
  /** What this checkout deploys with the same command line. */
  deployment: Deployment
  /** `agent-identity-sandbox`. */
  prefix: string
  aws: AwsClients
}

export type Target = DemoTarget | StageTarget

/**
 * Calls no service of AWS.
 *
 * @throws OperationError for a demo that does not run, DeploymentError for an invalid stage
 */
export async function resolveTarget(asked: Asked): Promise<Target> {
  if (asked.kind === 'local') return { kind: 'local', demo: await findDemo(asked.port) }
  const { context } = asked
  const deployment = readDeployment(context)
  return { kind: 'stage', context, deployment, prefix: prefixOf(deployment), aws: createAwsClients(deployment.region) }
}
