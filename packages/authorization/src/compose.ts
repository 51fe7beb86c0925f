import type { WorkloadIdentity } from '@agent-identity/agentcore-identity'
import {
  AGENTCORE_AUTHORIZATION_SECONDS,
  type AgentWorkloadEnvironment,
  Authorization,
  authorizationKey,
  authorizationsKey,
  type ConnectedAccount,
  type ConnectionId,
  DUE_KEY,
  type DueId,
  dueId,
  type OfferedProviders,
  type ProviderId,
  parseDueId,
  returnUrlOf,
  type StartId,
  type TurnId,
  type UserRef,
  type UserSessionRef,
  type VendorRevocation,
} from '@agent-identity/contracts'
import {
  type Audit,
  type Clock,
  createRecordSealer,
  createStartRecords,
  type Logger,
  type RedisClient,
  randomToken,
} from '@agent-identity/service-runtime'
import type { UserSessions, UserTokenStore } from '@agent-identity/user-session'
import { createAgentCoreVault } from './agentcore-vault.ts'
import { composeConnections, connectionKeysOf } from './connections/compose-connections.ts'
import { connectAccount, type WantedAccount } from './connections/connect-account.ts'
import type { Who } from './connections/connections.ts'
import { disconnect } from './connections/disconnect.ts'
import { createDueSet } from './due-set.ts'
import { createLeftTokens } from './ending/left-tokens.ts'
import { type SettleLeftPorts, settleLeft } from './ending/settle-left.ts'
import { createErasureRecords } from './erasures/erasure-records.ts'
import { createAuditedWorkloadAccessTokens } from './identify/audited-minting.ts'
import { identityArtifacts } from './identify/identity-artifact.ts'
import type { Later } from './later.ts'
import { createLedger } from './ledger.ts'
import type { Asker } from './need/access.ts'
import { accessForRun, type TurnMemory } from './need/access-for-run.ts'
import { createAccessWithoutConsent } from './need/access-without-consent.ts'
import { createAuthorizations } from './need/authorizations.ts'
import { callOffAtSignOut } from './need/sign-out.ts'
import { createProbe } from './settle/probe-label.ts'
import { settleAuthorization } from './settle/settle-authorization.ts'
import { endAuthorization, type SettlePorts, settleStart } from './settle/settle-start.ts'
import { isAuthorizationUrlAt } from './start/authorization-url.ts'
import { cancelStarts, type Opener, startAuthorization } from './start/start-authorization.ts'
import { createStarts } from './start/starts.ts'
import type { Alarm } from './vault.ts'

interface Dependencies {
  config: Pick<
    AgentWorkloadEnvironment,
    | 'PUBLIC_URL'
    | 'IDENTITY_ARTIFACT_MODE'
    | 'USER_ID_PREFIX'
    | 'PENDING_AUTHORIZATION_TTL_SECONDS'
    | 'PENDING_AUTHORIZATIONS_PER_USER_SESSION'
    | 'WORKLOAD_ACCESS_TOKEN_TTL_SECONDS'
    | 'ACCESS_WITHOUT_CONSENT_TTL_SECONDS'
    | 'IDENTITY_ARTIFACT_KEYS'
    | 'TURN_KEYS'
    | 'CONNECTION_KEYS'
    | 'USER_TOKENS_KEYS'
    | 'CONSENTS_AT_ONCE'
    | 'AUTHORIZATION_URL_ORIGIN'
  >
  redis: RedisClient
  subscriber: RedisClient
  sessions: UserSessions
  userTokens: UserTokenStore
  identity: WorkloadIdentity
  offered: OfferedProviders
  /** @returns undefined while the vendor does not say */
  accountOf(provider: ProviderId, accessToken: string, signal?: AbortSignal): Promise<ConnectedAccount | undefined>
  revoke(provider: ProviderId, accessToken: string): Promise<VendorRevocation>
  /** Tells what waits for an authorization that has ended. */
  tell(authorization: Authorization): Promise<void>
  audit: Audit
  clock: Clock
  log: Logger
}

/** A request that disconnects waits so long for the vendor: most answer at once. */
const ENDED_WITHIN_MS = 3_000

/** Steps 3 to 6 and 10 of docs/flow.md. */
export function composeAuthorization(dependencies: Dependencies) {
  const { config, redis, sessions, userTokens, identity, offered, audit, clock, log } = dependencies
  const connectionKeys = connectionKeysOf(config)
  const due = createDueSet<DueId>(redis, DUE_KEY)
  const alarm: Alarm = (what, about) =>
    log.error({ alarm: what, ...about }, 'a consent did not get an entry of its own')
  const isSignedIn = async (user: UserRef, userSession: UserSessionRef) =>
    (await sessions.find(userSession))?.userRef === user

  // Step 3: identify.
  const workloadAccessTokens = createAuditedWorkloadAccessTokens(
    {
      identity,
      artifactFor: identityArtifacts({
        mode: config.IDENTITY_ARTIFACT_MODE,
        userIdPrefix: config.USER_ID_PREFIX,
        minimumSeconds: AGENTCORE_AUTHORIZATION_SECONDS + 60,
        sessions,
        userTokens,
      }),
      ttlSeconds: config.WORKLOAD_ACCESS_TOKEN_TTL_SECONDS,
      authorizationSeconds: AGENTCORE_AUTHORIZATION_SECONDS,
      clock,
    },
    audit,
  )
  const returnUrl = returnUrlOf(config.PUBLIC_URL)
  const vault = createAgentCoreVault({ offered, workloadAccessTokens, identity, returnUrl, isSignedIn, audit })

  // Step 4: need. A connection, its entry, its token; else an authorization to wait for.
  const { connections, calls, uses, untilChanged, tellChanged } = composeConnections({
    ...dependencies,
    connectionKeys,
  })
  const authorizations = createAuthorizations({
    ledger: createLedger({
      redis,
      keys: connectionKeys,
      purpose: 'authorization',
      schema: Authorization,
      key: authorizationKey as (owner: string, id: string) => string,
      index: authorizationsKey as (owner: string) => string,
      clock,
      log,
    }),
    look: (owner, id, at) => due.lookAt(dueId.authorization(owner, id), at),
    ttlMs: config.PENDING_AUTHORIZATION_TTL_SECONDS * 1_000,
    most: config.PENDING_AUTHORIZATIONS_PER_USER_SESSION,
    newId: () => randomToken(16),
    audit,
    clock,
  })
  const withoutConsent = createAccessWithoutConsent({
    identity,
    workloadAccessTokens,
    workloadTokenSeconds: config.WORKLOAD_ACCESS_TOKEN_TTL_SECONDS,
    ttlSeconds: config.ACCESS_WITHOUT_CONSENT_TTL_SECONDS,
    audit,
    clock,
  })

  // Steps 5 and 6: a browser opens the link, and AgentCore is asked.
  const starts = createStarts({
    redis,
    records: createStartRecords({
      redis,
      identityArtifactKeys: config.IDENTITY_ARTIFACT_KEYS,
      service: 'agent-workload',
      log,
    }),
    artifactSealer: createRecordSealer(config.IDENTITY_ARTIFACT_KEYS, 'identity artifact', log),
    look: (id, at) => due.lookAt(dueId.start(id), at),
    clock,
  })
  const erasures = createErasureRecords({ redis, connectionKeys, log })
  const offeredById = (id: string) => offered.get(id as ProviderId)

  // Step 10: settle.
  const settling: SettlePorts = {
    starts,
    authorizations,
    connections,
    vault,
    offered: offeredById,
    accountOf: dependencies.accountOf,
    async tell(authorization) {
      await dependencies.tell(authorization)
      await tellChanged(authorization.owner, authorization.provider)
    },
    probe: createProbe({ vault, offered: offeredById, alarm }),
    alarm,
    audit,
    requestId: () => randomToken(8),
    clock,
  }
  const startPorts = {
    ...{ authorizations, connections, starts, vault, offered: offeredById, alarm, clock },
    isAuthorizationUrl: isAuthorizationUrlAt(config.AUTHORIZATION_URL_ORIGIN),
    // When the user session has ended, the time of its sign-in is not known: any mark counts.
    isErased: async ({ user, userSession }: { user: UserRef; userSession: UserSessionRef }) =>
      erasures.isErasedSince(user, (await sessions.find(userSession))?.signedInAt ?? 0),
    fail: (one: Authorization, code: 'failed' | 'cancelled') =>
      endAuthorization(one, { outcome: 'failed', code }, settling),
  }

  // The end: what nothing points to.
  const leaving: SettleLeftPorts = {
    connections,
    vault: {
      read: (who, entry) => vault.read(who, entry),
      async clear(who, entry) {
        const cleared = await vault.clear(who, entry)
        const provider = [...offered.values()].find((one) => one.credentialProvider === entry.credentialProvider)
        if (cleared === 'cleared' && provider)
          audit({ event: 'vault_entry_cleared', ...who, provider: provider.id, scopes: entry.scopes.split(' ') })
        return cleared
      },
    },
    tokens: createLeftTokens({ redis, userTokensKeys: config.USER_TOKENS_KEYS, log }),
    wayOf: (provider) => {
      const known = offered.get(provider)
      return known && (known.revocation ?? { by: 'impossible' })
    },
    revoke: dependencies.revoke,
    async liveSession(user, first) {
      if (first && (await isSignedIn(user, first))) return first
      for (const ref of await sessions.refsOfUser(user)) if (await isSignedIn(user, ref)) return ref
      return undefined
    },
    isConsenting: authorizations.isConsenting,
    audit,
    clock,
  }

  /** Any replica may do it, again and again. */
  function settleOf(id: DueId): Promise<Later> {
    const what = parseDueId(id)
    switch (what?.kind) {
      case 'start':
        return settleStart(what.id, settling)
      case 'authorization':
        return settleAuthorization(what.owner, what.id, settling)
      case 'left':
        return settleLeft(what.user, what.provider, leaving)
      default:
        return Promise.resolve('settled')
    }
  }
  const settleDue = (id: DueId) => due.settle(id, () => settleOf(id))

  /** Here, so that a vendor's quick answer is seen by the user who disconnects; else the due set goes on. */
  async function settleEnded(user: UserRef, provider: ProviderId): Promise<void> {
    const ended = settleDue(dueId.left(user, provider)).catch((err) =>
      log.warn({ err }, 'an ended connection is settled later'),
    )
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, ENDED_WITHIN_MS).unref())])
  }

  const ending = { ...settling, authorizations }
  return {
    offered,
    authorizations,
    connections,
    calls,
    uses,
    untilChanged,
    starts,
    settleDue,
    settleStart: (id: StartId) => settleDue(dueId.start(id)),

    /** @param memory of the turn */
    accessFor: (turn: Asker & { turnId: TurnId }, memory: TurnMemory) =>
      accessForRun(turn, memory, { ...{ offered, connections, authorizations, vault, calls }, withoutConsent }),

    start: (
      authorization: Parameters<typeof startAuthorization>[0],
      opener: Opener,
      whenAnotherIsOpen: 'ask' | 'instead',
    ) =>
      startAuthorization(
        authorization,
        opener,
        startPorts,
        config.CONSENTS_AT_ONCE === 'one' ? whenAnotherIsOpen : 'instead',
      ),

    connect: (who: Who & { userSession: UserSessionRef }, wanted: WantedAccount) =>
      connectAccount(who, wanted, { authorizations, connections, clock }),

    /** @returns false when a browser has come back: then its page and the chat show that outcome */
    async cancel(authorization: Authorization, by: Who): Promise<boolean> {
      const now = await Promise.all(authorization.starts.map(starts.read))
      // A refused request changes nothing. The next line decides: a return may come in between.
      if (now.some((start) => start?.status === 'binding' || start?.status === 'bound')) return false
      if ((await cancelStarts(authorization.starts, starts)).length > 0) return false
      await endAuthorization(authorization, { outcome: 'failed', code: 'cancelled' }, settling, by)
      return true
    },

    async disconnect(who: Who, provider: ProviderId, id?: ConnectionId) {
      const { ended, calledOff } = await disconnect(who, provider, id, { ...ending, connections })
      for (const one of ended) await uses.forget(who.user, provider, one.id)
      if (ended.length > 0) await settleEnded(who.user, provider)
      return { ended, calledOff }
    },

    /**
     * Until the tokens of what has ended there are read: once the user is signed out, nothing can be read.
     *
     * @returns false when the time is over
     */
    async untilRead(user: UserRef, provider: ProviderId, withinMs: number): Promise<boolean> {
      const giveUpAt = clock() + withinMs
      for (;;) {
        // Where the provider is not offered, another replica reads.
        if (offered.has(provider)) await settleDue(dueId.left(user, provider))
        else await due.lookAt(dueId.left(user, provider), clock())
        const { left } = await connections.read(user, provider)
        const isRead = await Promise.all(
          left.map(async ({ why, outcome, entry }) => why !== 'ended' || outcome || leaving.tokens.read(user, entry)),
        )
        if (isRead.every(Boolean)) return true
        if (clock() >= giveUpAt) return false
        await new Promise((resolve) => setTimeout(resolve, 1_000))
      }
    },

    /** The turns that waited are resumed, so that they end. */
    async signOut(user: UserRef, userSession: UserSessionRef): Promise<void> {
      await callOffAtSignOut(user, userSession, ending)
    },

    /** The user is signed in: what could not be ended without a user session is looked at again. */
    async lookAtLeft(user: UserRef): Promise<void> {
      for (const { id, credential } of offered.values())
        if (credential === 'user' && (await connections.read(user, id)).left.length > 0)
          await due.lookAt(dueId.left(user, id), clock())
    },

    /** Drops this user session's tokens from the caches of this process. */
    forget(ref: UserSessionRef): void {
      workloadAccessTokens.drop(ref)
      withoutConsent.drop(ref)
    },
  }
}

export type ComposedAuthorization = ReturnType<typeof composeAuthorization>
