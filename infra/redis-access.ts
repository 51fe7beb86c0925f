import {
  type AuthorizationId,
  askFirstKey,
  authorizationKey,
  authorizationsKey,
  BINDING_NOTIFICATIONS_STREAM,
  CONFIRMATION_EXPIRIES_KEY,
  CONNECTION_CHANGED_CHANNEL,
  type ConnectionId,
  type ConversationId,
  confirmingTurnsKey,
  connectionsKey,
  connectionUsesKey,
  consumedSignInKey,
  conversationKey,
  conversationSnapshotKey,
  conversationsOfUserKey,
  conversationTurnsKey,
  DUE_KEY,
  ERASURES_DUE_KEY,
  erasureKey,
  type IssuerSessionRef,
  leftTokenKey,
  logoutTokenKey,
  mcpEffectsKey,
  type ProviderId,
  type RateLimited,
  rateLimitKey,
  START_SETTLED_CHANNEL,
  type StartId,
  startKey,
  startsKey,
  TURN_EVENTS_CHANNEL,
  TURN_WORK_STREAM,
  type TurnId,
  turnAuthorizationsKey,
  turnConfirmationsKey,
  turnEffectsKey,
  turnEventsKey,
  turnKey,
  USER_SESSION_ENDED_CHANNEL,
  type UserRef,
  type UserSessionRef,
  userSessionKey,
  userSessionsOfIssuerSessionKey,
  userSessionsOfUserKey,
  userTokensKey,
  userTokensRefreshLockKey,
} from '@agent-identity/contracts'
import type { ContainerName } from './names.ts'

/** `user-session:{*}` is every user session. */
const any = '*' as string
const userSession = any as UserSessionRef
const conversation = any as ConversationId
const start = '*.*' as StartId
const turn = '*.*' as TurnId
const user = any as UserRef

/** From the contract's functions: no permission keeps the old name of a renamed key. */
const USER_SESSIONS = userSessionKey(userSession)
const STARTS = startKey(start)
const AUTHORIZATIONS = [authorizationKey(user, any as AuthorizationId), authorizationsKey(user)] as const
const CONNECTIONS = connectionsKey(user, any as ProviderId)
const CONNECTION_USES = connectionUsesKey(user, any as ProviderId, any as ConnectionId)
const RETURNS = rateLimitKey('return', any)

const KEYS_OF_AGENT_WORKLOAD = [
  USER_SESSIONS,
  userTokensKey(userSession),
  userTokensRefreshLockKey(userSession),
  consumedSignInKey(any),
  userSessionsOfUserKey(user),
  userSessionsOfIssuerSessionKey(any as IssuerSessionRef),
  logoutTokenKey(any),
  ...AUTHORIZATIONS,
  STARTS,
  startsKey(userSession),
  DUE_KEY,
  CONNECTIONS,
  CONNECTION_USES,
  leftTokenKey(user, any),
  erasureKey(user),
  ERASURES_DUE_KEY,
  conversationsOfUserKey(user),
  askFirstKey(user, any as ProviderId),
  conversationKey(conversation),
  conversationTurnsKey(conversation),
  conversationSnapshotKey(conversation, any),
  turnKey(turn),
  turnEventsKey(turn),
  turnAuthorizationsKey(turn),
  turnEffectsKey(turn),
  turnConfirmationsKey(turn),
  confirmingTurnsKey(userSession),
  CONFIRMATION_EXPIRIES_KEY,
  TURN_WORK_STREAM,
  BINDING_NOTIFICATIONS_STREAM,
  rateLimitKey(any as RateLimited, any),
]

/** The client library works without `client|setinfo`, but each refusal would count in the metric CommandAuthorizationFailures. */
const CONNECTING = ['info', 'client|setinfo', 'ping']
const CONNECTING_TO_A_CLUSTER = ['client|setname', 'cluster|slots', 'cluster|info', 'readonly', 'readwrite', 'asking']
const CHANNELS = ['publish', 'subscribe']
const SCRIPTS = ['eval', 'evalsha']
const COUNTING = ['set', 'incrby', 'pttl', 'expire']

/**
 * Named one by one: `@read` would include `scan`, which lists keys regardless of the patterns. `ttl` is of the version before: a deployment changes the
 * permissions before it replaces the tasks.
 */
const COMMANDS_OF_AGENT_WORKLOAD = [
  ...['get', 'set', 'del', 'exists', 'strlen', 'ttl', 'pttl', 'expire', 'pexpire', 'pexpireat', 'incrby'],
  ...['hget', 'hmget', 'hgetall', 'hset', 'hexists', 'hlen'],
  ...['rpush', 'lrange', 'sadd', 'smembers', 'zadd', 'zrem', 'zrange', 'zrangebyscore', 'zremrangebyscore'],
  ...['xadd', 'xdel', 'xrange', 'xrevrange', 'xgroup|create', 'xreadgroup', 'xack', 'xclaim', 'xautoclaim'],
]

/**
 * The permissions of each container's user, in the syntax of `ACL SETUSER` and of ElastiCache's access strings (user guide, Clusters.RBAC), from
 * version 7 on: `(…)` is a separate set of permissions, `%R~` permits to read keys, `%W~` to write them.
 */
export const REDIS_ACCESS: Readonly<Record<ContainerName, string>> = {
  /**
   * Session binding must open user sessions, so it has the key that seals them: only these permissions prevent it from writing one, which could be
   * any user's.
   */
  'session-binding': [
    'on resetchannels -@all',
    channels([START_SETTLED_CHANNEL]),
    commands([...CHANNELS, ...CONNECTING, ...CONNECTING_TO_A_CLUSTER]),
    `(%R~${USER_SESSIONS} ${commands(['get', 'exists'])})`,
    // Redis assumes that a script writes all of its keys, so the script gets the key of the user session as another argument. The engine checks
    // each call of the script.
    `(~${STARTS} ${commands([...SCRIPTS, 'hget', 'hmget', 'hset'])})`,
    `(%W~${BINDING_NOTIFICATIONS_STREAM} ${commands(['xadd'])})`,
    `(%W~${DUE_KEY} ${commands(['zadd'])})`,
    `(~${RETURNS} ${commands([...SCRIPTS, ...COUNTING])})`,
  ].join(' '),
  'agent-workload': [
    'on resetchannels -@all',
    KEYS_OF_AGENT_WORKLOAD.map((key) => `~${key}`).join(' '),
    channels([START_SETTLED_CHANNEL, TURN_EVENTS_CHANNEL, USER_SESSION_ENDED_CHANNEL, CONNECTION_CHANGED_CHANNEL]),
    commands([...CHANNELS, ...CONNECTING, ...CONNECTING_TO_A_CLUSTER, ...SCRIPTS, ...COMMANDS_OF_AGENT_WORKLOAD]),
  ].join(' '),
  /** The MCP server cannot change a connection. */
  'mcp-server': [
    'on resetchannels -@all',
    channels([CONNECTION_CHANGED_CHANNEL]),
    commands([...CHANNELS, ...CONNECTING, ...CONNECTING_TO_A_CLUSTER]),
    `(~${AUTHORIZATIONS[0]} ${commands([...SCRIPTS, 'get', 'set', 'del'])})`,
    `(~${AUTHORIZATIONS[1]} ${commands([...SCRIPTS, 'zadd', 'zrem', 'zrange', 'zrangebyscore', 'pexpireat'])})`,
    // The agent workload ends an authorization that a call has made: when its time is over, or when the client declines.
    `(%W~${DUE_KEY} ${commands(['zadd'])})`,
    `(%R~${CONNECTIONS} %R~${askFirstKey(user, any as ProviderId)} %R~${erasureKey(user)} ${commands(['get'])})`,
    `(%W~${CONNECTION_USES} ${commands(['hset', 'expire', 'del'])})`,
    `(~${mcpEffectsKey(user, any)} ${commands([...SCRIPTS, 'hget', 'hset', 'hsetnx', 'ttl', 'expire'])})`,
    `(~${rateLimitKey('mcp-user', any)} ~${rateLimitKey('mcp-client', any)} ${commands([...SCRIPTS, ...COUNTING])})`,
  ].join(' '),
}

function channels(names: readonly string[]): string {
  return names.map((name) => `&${name}`).join(' ')
}

function commands(names: readonly string[]): string {
  return names.map((name) => `+${name}`).join(' ')
}
