import {
  ListOauth2CredentialProvidersCommand,
  ListWorkloadIdentitiesCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { ListUserPoolsCommand } from '@aws-sdk/client-cognito-identity-provider'
import { DescribeClustersCommand, type ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs'
import { DescribeLoadBalancersCommand, DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { DescribeReplicationGroupsCommand, DescribeUsersCommand } from '@aws-sdk/client-elasticache'
import { ListRolesCommand } from '@aws-sdk/client-iam'
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager'
import type { Cloud } from './cloud.ts'

/** Some of what costs money, holds data, or would block the next deployment. */
export async function whatIsLeft({ services, resources, handledTypes }: Cloud): Promise<readonly string[]> {
  const { agentcore, cognito, ecs, elastiCache, iam, loadBalancing, logs, secretsManager } = services
  const [identities, providers, pools, clusters, balancers, targets, stores, users, roles, groups, secrets] =
    await Promise.all([
      agentcore.send(new ListWorkloadIdentitiesCommand({})),
      agentcore.send(new ListOauth2CredentialProvidersCommand({})),
      cognito.send(new ListUserPoolsCommand({ MaxResults: 60 })),
      activeClusters(ecs),
      loadBalancing.send(new DescribeLoadBalancersCommand({})),
      loadBalancing.send(new DescribeTargetGroupsCommand({})),
      elastiCache.send(new DescribeReplicationGroupsCommand({})),
      elastiCache.send(new DescribeUsersCommand({})),
      iam.send(new ListRolesCommand({})),
      logs.send(new DescribeLogGroupsCommand({})),
      secretsManager.send(new ListSecretsCommand({})),
    ])
  const names = [
    ...(identities.workloadIdentities ?? []).map(({ name }) => name),
    ...(providers.credentialProviders ?? []).map(({ name }) => name),
    ...(pools.UserPools ?? []).map(({ Id }) => Id),
    ...clusters,
    ...(balancers.LoadBalancers ?? []).map(({ LoadBalancerName }) => LoadBalancerName),
    ...(targets.TargetGroups ?? []).map(({ TargetGroupName }) => TargetGroupName),
    ...(stores.ReplicationGroups ?? []).filter(isThere).map(({ ReplicationGroupId }) => ReplicationGroupId),
    ...(users.Users ?? []).filter(isThere).map(({ UserId }) => UserId),
    ...(roles.Roles ?? []).map(({ RoleName }) => RoleName),
    ...(groups.logGroups ?? []).map(({ logGroupName }) => logGroupName),
    ...(secrets.SecretList ?? []).map(({ Name }) => Name),
    ...Object.keys(handledTypes).flatMap((type) => resources(type).map(({ id }) => `${type} ${id}`)),
  ]
  return names.map(String).sort()
}

/** moto still lists deleted resources, with this status. */
const isThere = ({ Status }: { Status?: string | undefined }) => Status !== 'deleting'

/** ECS lists a deleted cluster for a while. */
export async function activeClusters(ecs: ECSClient): Promise<string[]> {
  const { clusterArns = [] } = await ecs.send(new ListClustersCommand({}))
  const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: clusterArns }))
  return clusters.flatMap(({ status, clusterArn }) => (status === 'ACTIVE' && clusterArn ? [clusterArn] : []))
}
