import {
  type AuthorizationId,
  BROWSER_BINDING_COOKIE,
  PLACES,
  ROUTES,
  SessionBindingEnvironment,
  type StartId,
  startKey,
} from '@agent-identity/contracts'
import {
  browserHash,
  createLogger,
  createSealer,
  createStartRecords,
  randomToken,
  sha256,
} from '@agent-identity/service-runtime'
import type { Redis } from 'ioredis'
import { prepareUserSessions } from '../support/user-sessions.ts'

export interface PreparedReturn {
  path: string
  cookie: string
}

/** About as long as a JWT access token. */
const USER_TOKEN = `${randomToken(60)}.${randomToken(450)}.${randomToken(256)}`

export async function prepareReturns(
  redis: Redis,
  environment: Readonly<Record<string, string>>,
  count: number,
): Promise<PreparedReturn[]> {
  const keys = SessionBindingEnvironment.shape.IDENTITY_ARTIFACT_KEYS.parse(environment.IDENTITY_ARTIFACT_KEYS)
  const sealer = createSealer(keys, 'identity artifact')
  const records = createStartRecords({
    redis,
    identityArtifactKeys: keys,
    service: 'agent-workload',
    log: createLogger({ service: 'bench', level: 'silent' }),
  })
  const sessions = await prepareUserSessions(redis, environment, count)
  const pipeline = redis.pipeline()
  const returns = sessions.map(({ ref, user, cookie, browserSecret }) => {
    const id = `${ref}.${randomToken(16)}` as StartId
    const state = `${id}.${randomToken(32)}`
    const sessionUri = `urn:ietf:params:oauth:request_uri:${randomToken(16)}`
    const now = Date.now()
    const facts = {
      owner: user,
      authorization: randomToken(16) as AuthorizationId,
      provider: 'github' as const,
      displayName: 'GitHub',
      entry: { credentialProvider: 'github', scopes: 'read:user repo', parameters: {} },
      asOf: 0,
      createdAt: now,
      expiresAt: now + 600_000,
      stateHash: sha256(state),
      sessionUriHash: sha256(sessionUri),
      correlationId: 'bench',
    }
    const artifact = JSON.stringify({ kind: 'jwt', userToken: USER_TOKEN })
    pipeline.hset(startKey(id), {
      facts: records.sealFacts(id, facts),
      progress: records.sealNew(id, browserHash(browserSecret, ref)),
      sealedIdentityArtifact: sealer.seal(artifact, PLACES.identityArtifact(id, facts)),
    })
    pipeline.expire(startKey(id), 1_200)
    const query = new URLSearchParams({ session_id: sessionUri, state })
    return {
      path: `${ROUTES.sessionBinding}?${query}`,
      cookie: `${cookie}; ${BROWSER_BINDING_COOKIE}=${browserSecret}`,
    }
  })
  await pipeline.exec()
  return returns
}
