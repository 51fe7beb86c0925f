import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { DescribeListenersCommand, DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { ExistingListener, ExistingVpc } from '../../constructs/options.ts'
import { type Answer, type Place, type Question, unlessMissing } from './questions.ts'

/** What the stage names of an existing network. */
export function networkQuestions(place: Place): Question[] {
  const { network, entrance } = place.deployment
  const groups = securityGroupsOf(place)
  return [
    ...('vpcId' in network
      ? [
          { about: `whether the VPC ${network.vpcId} exists`, ask: () => vpc(network, place) },
          { about: `whether the subnets are in ${network.vpcId}`, ask: () => subnets(network, place) },
        ]
      : []),
    ...(groups.length > 0
      ? [{ about: `whether ${groups.join(' and ')} exist`, ask: () => securityGroups(groups, place) }]
      : []),
    ...(entrance.kind === 'existing-listener'
      ? [{ about: 'whether the listener exists', ask: () => listener(entrance, place) }]
      : []),
  ]
}

// Filters: an id that does not exist is left out of the answer, and is no error.

async function vpc({ vpcId }: ExistingVpc, { aws, deployment: { region } }: Place): Promise<Answer> {
  const { Vpcs = [] } = await aws.ec2.send(new DescribeVpcsCommand(idsAre('vpc-id', [vpcId])))
  return Vpcs.length > 0 ? {} : { problems: [`There is no VPC ${vpcId} in ${region}: correct network.vpcId.`] }
}

async function subnets(network: ExistingVpc, { aws }: Place): Promise<Answer> {
  const named = placesOf(network)
  const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand(idsAre('subnet-id', [...named.keys()])))
  return {
    problems: [...named].flatMap(([id, zone]) => {
      const found = Subnets.find(({ SubnetId }) => SubnetId === id)
      if (found?.VpcId !== network.vpcId) return [`There is no subnet ${id} in ${network.vpcId}.`]
      return found.AvailabilityZone === zone
        ? []
        : [`The subnet ${id} is in ${found.AvailabilityZone}; its position in the stage says ${zone}.`]
    }),
  }
}

/** By subnet: the zone of its position. */
function placesOf(network: ExistingVpc): ReadonlyMap<string, string> {
  const { availabilityZones, serviceSubnetIds, sessionBindingSubnetIds, publicSubnetIds, storeSubnetIds } = network
  const lists = [serviceSubnetIds, sessionBindingSubnetIds, publicSubnetIds, storeSubnetIds]
  return new Map(
    lists.flatMap((ids = []) =>
      ids.map((id, index) => [id, availabilityZones[index % availabilityZones.length] ?? ''] as const),
    ),
  )
}

function securityGroupsOf({ deployment: { entrance, sessionStore } }: Place): string[] {
  const ofListener = entrance.kind === 'existing-listener' ? [entrance.securityGroupId] : []
  const ofStore =
    'url' in sessionStore && 'securityGroupId' in sessionStore.reachedAt ? [sessionStore.reachedAt.securityGroupId] : []
  return [...new Set([...ofListener, ...ofStore])]
}

/** The store's may be of a peered VPC. */
async function securityGroups(ids: readonly string[], { aws, deployment: { region } }: Place): Promise<Answer> {
  const { SecurityGroups = [] } = await aws.ec2.send(new DescribeSecurityGroupsCommand(idsAre('group-id', ids)))
  const missing = ids.filter((id) => !SecurityGroups.some(({ GroupId }) => GroupId === id))
  return { problems: missing.map((id) => `There is no security group ${id} in ${region}.`) }
}

async function listener({ listenerArn, securityGroupId }: ExistingListener, place: Place): Promise<Answer> {
  const { aws, deployment } = place
  const found = await unlessMissing(
    aws.loadBalancing.send(new DescribeListenersCommand({ ListenerArns: [listenerArn] })),
  )
  const [one] = found?.Listeners ?? []
  if (!one?.LoadBalancerArn) return { problems: [`There is no listener ${listenerArn}: correct entrance.listenerArn.`] }
  const { LoadBalancers } = await aws.loadBalancing.send(
    new DescribeLoadBalancersCommand({ LoadBalancerArns: [one.LoadBalancerArn] }),
  )
  const { VpcId, SecurityGroups = [] } = LoadBalancers?.[0] ?? {}
  const vpcId = 'vpcId' in deployment.network ? deployment.network.vpcId : VpcId
  return {
    problems: [
      ...(one.Protocol === 'HTTPS' ? [] : [`The listener speaks ${one.Protocol}: name one for HTTPS.`]),
      ...(VpcId === vpcId
        ? []
        : [`The listener’s load balancer is in ${VpcId}, and reaches services in its own VPC only, not in ${vpcId}.`]),
      ...(SecurityGroups.includes(securityGroupId)
        ? []
        : [`The listener’s load balancer does not have the security group ${securityGroupId}.`]),
    ],
  }
}

const idsAre = (Name: string, Values: readonly string[]) => ({ Filters: [{ Name, Values: [...Values] }] })
