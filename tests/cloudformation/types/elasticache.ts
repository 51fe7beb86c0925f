import {
  type AuthenticationMode,
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  CreateUserCommand,
  DeleteReplicationGroupCommand,
  DeleteUserCommand,
  DescribeUsersCommand,
} from '@aws-sdk/client-elasticache'
import type { Services } from '../services.ts'
import type { ResourceType } from './resource-type.ts'

type ServicesIn = (region: string) => Services

export const user = (servicesIn: ServicesIn): ResourceType => ({
  async create({ region, properties }) {
    const { UserId, UserName, Engine, AccessString, AuthenticationMode } = properties as Record<
      'UserId' | 'UserName' | 'Engine' | 'AccessString',
      string
    > & { AuthenticationMode: AuthenticationMode }
    await servicesIn(region).elastiCache.send(
      new CreateUserCommand({ UserId, UserName, Engine, AccessString, AuthenticationMode }),
    )
    return { id: UserId, attributes: {} }
  },
  async delete({ region, id }) {
    const { elastiCache } = servicesIn(region)
    await elastiCache.send(new DeleteUserCommand({ UserId: id }))
    // moto deletes a user after its status "deleting" was read.
    await elastiCache.send(new DescribeUsersCommand({ UserId: id }))
  },
})

export const subnetGroup = (servicesIn: ServicesIn): ResourceType => ({
  async create({ region, name, properties }) {
    const { Description, SubnetIds } = properties as { Description: string; SubnetIds: string[] }
    const CacheSubnetGroupName = name.toLowerCase()
    await servicesIn(region).elastiCache.send(
      new CreateCacheSubnetGroupCommand({
        CacheSubnetGroupName,
        CacheSubnetGroupDescription: Description,
        SubnetIds,
      }),
    )
    return { id: CacheSubnetGroupName, attributes: {} }
  },
})

/** moto has no parameter groups. It needs one setting of ours: whether the nodes form a cluster. */
export function parameterAndReplicationGroups(servicesIn: ServicesIn) {
  const ofClusters = new Set<string>()
  return { parameterGroup: parameterGroup(ofClusters), replicationGroup: replicationGroup(servicesIn, ofClusters) }
}

const parameterGroup = (ofClusters: Set<string>): ResourceType => ({
  async create({ name, properties }) {
    const parameters = properties.Properties as Record<string, string>
    if (parameters['cluster-enabled'] === 'yes') ofClusters.add(name)
    return { id: name, attributes: {} }
  },
})

const replicationGroup = (servicesIn: ServicesIn, ofClusters: ReadonlySet<string>): ResourceType => ({
  async create({ region, name, properties }) {
    const { ReplicationGroupDescription, CacheParameterGroupName, ...rest } = properties as {
      ReplicationGroupDescription: string
      CacheParameterGroupName: string
    }
    // A generated name has at most 40 characters.
    const ReplicationGroupId = name.toLowerCase().slice(-40).replace(/^-+/, '')
    const ClusterMode = ofClusters.has(CacheParameterGroupName) ? 'enabled' : 'disabled'
    const { ReplicationGroup } = await servicesIn(region).elastiCache.send(
      new CreateReplicationGroupCommand({ ReplicationGroupId, ReplicationGroupDescription, ClusterMode, ...rest }),
    )
    const { ConfigurationEndpoint, NodeGroups } = ReplicationGroup ?? {}
    return {
      id: ReplicationGroupId,
      attributes: {
        'ConfigurationEndPoint.Address': ConfigurationEndpoint?.Address ?? '',
        'PrimaryEndPoint.Address': NodeGroups?.[0]?.PrimaryEndpoint?.Address ?? '',
      },
    }
  },
  delete: ({ region, id }) =>
    servicesIn(region).elastiCache.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: id })),
})
