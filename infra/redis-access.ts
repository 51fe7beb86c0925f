import {
  AUTHORIZATION_EXPIRIES_KEY,
  AUTHORIZATION_SETTLED_CHANNEL,
  type AuthorizationId,
  askFirstKey,
  authorizationsOfUserKey,
  BINDING_NOTIFICATIONS_STREAM,
  CONFIRMATION_EXPIRIES_KEY,
  CONNECTION_CHANGED_CHANNEL,
  CONSENT_REQUEST_SETTLED_CHANNEL,
  type ConnectionId,
  type ConsentRequestId,
  type ConversationId,
  confirmingTurnsKey,
  connectionKey,
  connectionUsesKey,
  consentRequestIndexKey,
  consentRequestKey,
  consentTripKey,
  consumedSignInKey,
  conversationKey,
  conversationSnapshotKey,
  conversationsOfUserKey,
  conversationTurnsKey,
  ERASURES_DUE_KEY,
  erasureKey,
  type IssuerSessionRef,
  logoutTokenKey,
  mcpEffectsKey,
  type ProviderId,
  pendingAuthorizationIndexKey,
  pendingAuthorizationKey,
  type RateLimited,
  REVOCATIONS_DUE_KEY,
  rateLimitKey,
  revocationKey,
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
  vendorCallsKey,
  waitersKey,
} from '@agent-identity/contracts'
import type { ContainerName } from './names.ts'

/** `user-session:{*}` is every user session. */
const any = '*' as string
const userSession = any as UserSessionRef
const conversation = any as ConversationId
const authorization = '*.*' as AuthorizationId
const turn = '*.*' as TurnId
const connection = { user: any as UserRef, provider: any as ProviderId, named: undefined }

/** From the contract's functions: no permission keeps the old name of a renamed key. */
const USER_SESSIONS = userSessionKey(userSession)
const PENDING_AUTHORIZATIONS = pendingAuthorizationKey(authorization)
const CONNECTIONS = connectionKey(any as UserRef, any as ProviderId)
const CONNECTION_USES = connectionUsesKey(any as UserRef, any as ProviderId, any as ConnectionId)
const VENDOR_CALLS = vendorCallsKey(connection)
const RETURNS = rateLimitKey('return', any)

const KEYS_OF_AGENT_WORKLOAD = [
  USER_SESSIONS,
  userTokensKey(userSession),
  userTokensRefreshLockKey(userSession),
  consumedSignInKey(any),
  userSessionsOfUserKey(any as UserRef),
  userSessionsOfIssuerSessionKey(any as IssuerSessionRef),
  logoutTokenKey(any),
  PENDING_AUTHORIZATIONS,
  pendingAuthorizationIndexKey(userSession),
  waitersKey(authorization),
  consentTripKey(userSession),
  AUTHORIZATION_EXPIRIES_KEY,
  CONNECTIONS,
  CONNECTION_USES,
  revocationKey(connection),
  VENDOR_CALLS,
  authorizationsOfUserKey(any as UserRef),
  REVOCATIONS_DUE_KEY,
  erasureKey(any as UserRef),
  ERASURES_DUE_KEY,
  conversationsOfUserKey(any as UserRef),
  askFirstKey(any as UserRef, any as ProviderId),
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
  ...['hget', 'hmget', 'hgetall', 'hset', 'hdel', 'hexists', 'hlen'],
  ...['rpush', 'lrange', 'ltrim', 'sadd', 'smembers', 'zadd', 'zrem', 'zrange', 'zrangebyscore'],
  ...['xadd', 'xdel', 'xrange', 'xrevrange', 'xgroup|create', 'xreadgroup', 'xack', 'xclaim', 'xautoclaim'],
]

const CONSENT_REQUESTS = consentRequestKey(any as UserRef, any as ConsentRequestId)
const CONSENT_REQUEST_INDEX = consentRequestIndexKey(any as UserRef)

/** The agent workload starts and settles the consent requests of MCP clients. */
const OF_MCP_CLIENTS = {
  keys: [CONSENT_REQUESTS, CONSENT_REQUEST_INDEX],
  channels: [CONSENT_REQUEST_SETTLED_CHANNEL],
}

/**
 * The permissions of each container's user, in the syntax of `ACL SETUSER` and of ElastiCache's access strings (user guide, Clusters.RBAC), from
 * version 7 on: `(…)` is a separate set of permissions, `%R~` permits to read keys, `%W~` to write them.
 */
export function redisAccess(withMcpServer: boolean): Readonly<Record<ContainerName, string>> {
  return {
    /**
     * Session binding must open user sessions, so it has the key that seals them: only these permissions prevent it from writing one, which could be
     * any user's.
     */
    'session-binding': [
      'on resetchannels -@all',
      channels([AUTHORIZATION_SETTLED_CHANNEL]),
      commands([...CHANNELS, ...CONNECTING, ...CONNECTING_TO_A_CLUSTER]),
      `(%R~${USER_SESSIONS} ${commands(['get', 'exists'])})`,
      // Redis assumes that a script writes all of its keys, so the script gets the key of the user session as another argument. The engine checks
      // each call of the script.
      `(~${PENDING_AUTHORIZATIONS} ${commands([...SCRIPTS, 'hget', 'hgetall', 'hset'])})`,
      `(%W~${BINDING_NOTIFICATIONS_STREAM} ${commands(['xadd'])})`,
      `(%W~${AUTHORIZATION_EXPIRIES_KEY} ${commands(['zadd'])})`,
      `(~${RETURNS} ${commands([...SCRIPTS, ...COUNTING])})`,
    ].join(' '),
    'agent-workload': [
      'on resetchannels -@all',
      [...KEYS_OF_AGENT_WORKLOAD, ...(withMcpServer ? OF_MCP_CLIENTS.keys : [])].map((key) => `~${key}`).join(' '),
      channels([
        AUTHORIZATION_SETTLED_CHANNEL,
        TURN_EVENTS_CHANNEL,
        USER_SESSION_ENDED_CHANNEL,
        CONNECTION_CHANGED_CHANNEL,
        ...(withMcpServer ? OF_MCP_CLIENTS.channels : []),
      ]),
      commands([...CHANNELS, ...CONNECTING, ...CONNECTING_TO_A_CLUSTER, ...SCRIPTS, ...COMMANDS_OF_AGENT_WORKLOAD]),
    ].join(' '),
    /** The MCP server cannot change a connection. */
    'mcp-server': [
      'on resetchannels -@all',
      channels([CONSENT_REQUEST_SETTLED_CHANNEL, CONNECTION_CHANGED_CHANNEL]),
      commands([...CHANNELS, ...CONNECTING, ...CONNECTING_TO_A_CLUSTER]),
      `(~${CONSENT_REQUESTS} ~${CONSENT_REQUEST_INDEX} ${commands([...SCRIPTS, 'hget', 'hmget', 'hgetall', 'hset', 'hdel', 'pexpireat'])})`,
      // Redis assumes that a script writes all of its keys, and checks each of its calls.
      `(~${CONNECTIONS} ~${VENDOR_CALLS} ~${CONNECTION_USES} ${commands(SCRIPTS)})`,
      `(%R~${CONNECTIONS} ${commands(['hget', 'hgetall'])})`,
      `(~${VENDOR_CALLS} ${commands(['zadd', 'zrem', 'zrangebyscore', 'pexpireat'])})`,
      `(%R~${askFirstKey(any as UserRef, any as ProviderId)} %R~${erasureKey(any as UserRef)} ${commands(['get'])})`,
      `(%W~${CONNECTION_USES} ${commands(['rpush', 'ltrim', 'expire'])})`,
      `(~${mcpEffectsKey(any as UserRef, any)} ${commands([...SCRIPTS, 'hget', 'hset', 'hsetnx', 'ttl', 'expire'])})`,
      `(~${rateLimitKey('mcp-user', any)} ~${rateLimitKey('mcp-client', any)} ${commands([...SCRIPTS, ...COUNTING])})`,
      // Tells the agent workload to cancel the authorization of a cancelled consent request.
      `(%W~${BINDING_NOTIFICATIONS_STREAM} ${commands(['xadd'])})`,
    ].join(' '),
  }
}

/** Without an MCP server. */
export const REDIS_ACCESS = redisAccess(false)

function channels(names: readonly string[]): string {
  return names.map((name) => `&${name}`).join(' ')
}

function commands(names: readonly string[]): string {
  return names.map((name) => `+${name}`).join(' ')
}
