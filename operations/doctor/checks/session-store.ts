import { type ContainerName, containersOf } from '@agent-identity/infra/names'
import { REDIS_ACCESS } from '@agent-identity/infra/redis-access'
import {
  DescribeReplicationGroupsCommand,
  DescribeUserGroupsCommand,
  DescribeUsersCommand,
  type User,
} from '@aws-sdk/client-elasticache'
import { idsOf } from '../../target/deployed-stacks.ts'
import { isSameAccess } from '../access-string.ts'
import { byHand, type Check, DEPLOY_AGAIN, type Finding, underWay, wrong } from '../finding.ts'
import { requireId, requireStack, type Stage } from '../stage.ts'

/** Only the rights of these users keep session binding from writing user sessions. */
export const sessionStore: Check<Stage> = {
  name: 'session store and its users',
  async run(stage) {
    const { sessionStore: store } = stage.deployment
    const containers = containersOf(stage.deployment)
    if ('url' in store)
      return containers.map((name) => compareByHand(store.users[name]?.name ?? name, REDIS_ACCESS[name]))
    const stack = requireStack(await stage.stacks(), 'session-store')
    const UserGroupId = requireId(stack, 'AWS::ElastiCache::UserGroup')
    const ReplicationGroupId = requireId(stack, 'AWS::ElastiCache::ReplicationGroup')
    const userIds = idsOf(stack, 'AWS::ElastiCache::User')
    const [nodes, group, users] = await Promise.all([
      nodesOf(stage, ReplicationGroupId, UserGroupId),
      membersOf(stage, UserGroupId, userIds),
      Promise.all(userIds.map((UserId) => stage.aws.elastiCache.send(new DescribeUsersCommand({ UserId })))),
    ])
    const found = users.flatMap(({ Users }) => Users ?? [])
    return [
      ...nodes,
      ...group,
      ...containers.flatMap((name) => {
        const user = found.find(({ UserName }) => UserName === name)
        return user
          ? judge(name, user, REDIS_ACCESS[name])
          : [wrong(`The session store has no user ${name}.`, DEPLOY_AGAIN)]
      }),
    ]
  },
}

const compareByHand = (user: string, access: string) =>
  byHand(
    // The version of your Redis is not known here.
    `Compare: in your Redis the user ${user} must have exactly these rights: ${access} (a version before 7.2 does not know +client|setinfo: leave it out there)`,
  )

async function nodesOf({ aws }: Stage, ReplicationGroupId: string, userGroup: string): Promise<Finding[]> {
  const reply = await aws.elastiCache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }))
  const { Status, UserGroupIds = [] } = reply.ReplicationGroups?.[0] ?? {}
  return [
    ...(Status === 'available'
      ? []
      : [
          changing(Status)(
            `The session store is ${Status}, not available.`,
            'Read the events of the replication group.',
          ),
        ]),
    ...(UserGroupIds.length === 1 && UserGroupIds[0] === userGroup
      ? []
      : [wrong(`The session store does not have exactly the user group ${userGroup}.`, DEPLOY_AGAIN)]),
  ]
}

async function membersOf({ aws }: Stage, UserGroupId: string, userIds: readonly string[]): Promise<Finding[]> {
  const { UserGroups } = await aws.elastiCache.send(new DescribeUserGroupsCommand({ UserGroupId }))
  const members = UserGroups?.[0]?.UserIds ?? []
  // A user `default` could let in connections without a password.
  const strangers = members.filter((member) => !userIds.includes(member))
  const missing = userIds.filter((user) => !members.includes(user))
  return [
    ...strangers.map((user) =>
      wrong(`The user ${user} may sign in to the session store and is not ours.`, `Remove it from ${UserGroupId}.`),
    ),
    ...missing.map((user) => wrong(`The user ${user} is not in the group ${UserGroupId}.`, DEPLOY_AGAIN)),
  ]
}

function judge(service: ContainerName, { Status, AccessString = '', Authentication }: User, access: string): Finding[] {
  return [
    ...(Status === 'active'
      ? []
      : [changing(Status)(`The session store's user ${service} is ${Status}.`, 'Read the events of ElastiCache.')]),
    ...(isSameAccess(AccessString, access)
      ? []
      : [wrong(`The session store's user ${service} may do something else than this checkout says.`, DEPLOY_AGAIN)]),
    ...(Authentication?.Type === 'password'
      ? []
      : [wrong(`The session store's user ${service} needs no password.`, DEPLOY_AGAIN)]),
  ]
}

const changing = (status: string | undefined) => (status === 'modifying' ? underWay : wrong)
