import { CreateServiceLinkedRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import type { Deployment } from '../read-deployment.ts'

const OF_EVERY_STAGE = [
  'ecs.amazonaws.com',
  'ecs.application-autoscaling.amazonaws.com',
  'elasticache.amazonaws.com',
  'elasticloadbalancing.amazonaws.com',
]
const OF_VPC_ORIGINS = 'vpcorigin.cloudfront.amazonaws.com'

/**
 * AWS creates such a role at the first use of its service. A deployment can fail while IAM propagates the role.
 *
 * @returns a message when the caller may not create a role
 */
export async function makeServiceLinkedRoles({
  region,
  entrance,
}: Pick<Deployment, 'region' | 'entrance'>): Promise<string | undefined> {
  const iam = new IAMClient({ region })
  const refused: string[] = []
  for (const service of [...OF_EVERY_STAGE, ...(entrance.kind === 'cloudfront' ? [OF_VPC_ORIGINS] : [])]) {
    try {
      await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: service }))
    } catch (error) {
      if (isThere(error as Error)) continue
      if (!isRefused(error as Error)) throw error
      refused.push(service)
    }
  }
  if (refused.length === 0) return undefined
  return `You may not make service-linked roles (iam:CreateServiceLinkedRole); AWS makes those that are missing, and a first deployment may fail once for it: ${refused.join(', ')}.`
}

/** IAM has no specific error for a role that exists. */
const isThere = ({ name, message }: Error) =>
  name.startsWith('InvalidInput') && message.includes('has been taken in this account')
const isRefused = ({ name }: Error) => name.startsWith('AccessDenied')
