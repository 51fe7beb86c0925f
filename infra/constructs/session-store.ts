import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as elasticache from 'aws-cdk-lib/aws-elasticache'
import { Construct } from 'constructs'
import { type PerContainer, prefixOf } from '../names.ts'
import { acknowledge } from './acknowledge.ts'
import type { Alarms } from './alarms.ts'
import { checkDeploymentName } from './check-deployment-name.ts'
import { checkSessionStoreNodes } from './check-session-store-nodes.ts'
import { createCustomerKey } from './customer-key.ts'
import type { Network } from './network.ts'
import type { DeploymentOptions, RedisTopology, SessionStoreNodes } from './options.ts'
import { STORE_PORT } from './ports.ts'
import type { SessionStoreAccess } from './session-store-access.ts'
import { watchSessionStore } from './session-store-alarms.ts'
import type { SessionStoreUser } from './session-store-user.ts'

interface SessionStoreProps {
  deployment: DeploymentOptions
  nodes: SessionStoreNodes
  network: Network
  securityGroup: ec2.ISecurityGroup
  alarms: Alarms
  users: PerContainer<SessionStoreUser>
}

/** Valkey, without snapshots, for the records of the services (docs/redis-schema.md; docs/decisions/0104-session-store.md). */
export class SessionStore extends Construct implements SessionStoreAccess {
  readonly url: string
  readonly topology: RedisTopology
  readonly users: SessionStoreProps['users']

  constructor(
    scope: Construct,
    id: string,
    { deployment, nodes, network, securityGroup, alarms, users }: SessionStoreProps,
  ) {
    super(scope, id)
    checkDeploymentName(deployment.name)
    checkSessionStoreNodes(nodes)
    const { nodeType, topology, shards, replicasPerShard, maintenanceWindow } = nodes
    this.topology = topology
    this.users = users
    const key = createCustomerKey(this, 'Key', deployment, 'Session store')
    const subnets = new elasticache.CfnSubnetGroup(this, 'Subnets', {
      description: 'Session store',
      subnetIds: network.vpc.selectSubnets(network.subnets.store).subnetIds,
    })
    // No single update gives shards to a group without them. Another construct id makes another group and another output, so that the stack which
    // reads the output is deployed again, too (docs/decisions/0107-weak-references.md).
    const ids =
      topology === 'cluster'
        ? { parameters: 'ShardParameters', nodes: 'Shards' }
        : { parameters: 'Parameters', nodes: 'Nodes' }
    const parameters = new elasticache.CfnParameterGroup(this, ids.parameters, {
      cacheParameterGroupFamily: 'valkey8',
      description: prefixOf(deployment),
      properties: {
        // Evicting would silently sign users out and lose turns.
        'maxmemory-policy': 'noeviction',
        ...(topology === 'cluster' ? { 'cluster-enabled': 'yes' } : {}),
      },
    })
    const group = new elasticache.CfnReplicationGroup(this, ids.nodes, {
      replicationGroupDescription: prefixOf(deployment),
      engine: 'valkey',
      engineVersion: '8.0',
      cacheNodeType: nodeType,
      cacheParameterGroupName: parameters.ref,
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: [securityGroup.securityGroupId],
      port: STORE_PORT,
      numNodeGroups: shards,
      replicasPerNodeGroup: replicasPerShard,
      automaticFailoverEnabled: replicasPerShard > 0,
      multiAzEnabled: replicasPerShard > 0,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: key.keyArn,
      autoMinorVersionUpgrade: true,
      preferredMaintenanceWindow: maintenanceWindow,
      snapshotRetentionLimit: 0,
      userGroupIds: [this.userGroup(deployment, Object.values(users)).ref],
    })
    // Without this policy, another number of shards would replace the group (CloudFormation, UpdatePolicy).
    if (topology === 'cluster') group.cfnOptions.updatePolicy = { useOnlineResharding: true }
    acknowledge(group, {
      'AwsSolutions-AEC6':
        'Each container has a user and a password of its own (RBAC), which one shared AUTH token cannot give.',
      ...(replicasPerShard > 0
        ? {}
        : { 'AwsSolutions-AEC4': 'One node is enough for a sandbox; production has two zones.' }),
    })
    watchSessionStore(this, { alarms, nodes, groupId: group.ref })
    const host = topology === 'cluster' ? group.attrConfigurationEndPointAddress : group.attrPrimaryEndPointAddress
    this.url = `rediss://${host}:${STORE_PORT}`
  }

  /** No `default` user: a connection without name and password has no user (user guide, Clusters.RBAC). */
  private userGroup(deployment: DeploymentOptions, users: readonly SessionStoreUser[]): elasticache.CfnUserGroup {
    const group = new elasticache.CfnUserGroup(this, 'Users', {
      engine: 'valkey',
      userGroupId: prefixOf(deployment),
      userIds: users.map((user) => user.userId),
    })
    for (const user of users) group.addResourceDependency(user.resource)
    return group
  }
}
