import { createHmac } from 'node:crypto'
import {
  SessionBindingEnvironment,
  USER_SESSION_COOKIE,
  type UserRef,
  type UserSession,
  type UserSessionRef,
  userSessionKey,
} from '@agent-identity/contracts'
import {
  browserHash,
  createSealer,
  deriveSecrets,
  randomToken,
  userRef,
  userSessionRef,
} from '@agent-identity/service-runtime'
import type { Redis } from 'ioredis'

export interface PreparedUserSession {
  ref: UserSessionRef
  user: UserRef
  /** Name and value, as in the Cookie header. */
  cookie: string
  browserSecret: string
}

/** Writes the records of `count` user sessions at once, without tokens. */
export async function prepareUserSessions(
  redis: Redis,
  environment: Readonly<Record<string, string>>,
  count: number,
): Promise<PreparedUserSession[]> {
  const keys = SessionBindingEnvironment.shape.USER_SESSION_KEYS.parse(environment.USER_SESSION_KEYS)
  const sealer = createSealer(keys, 'user session')
  const [secret = ''] = deriveSecrets(keys, 'user session cookie')
  const pipeline = redis.pipeline()
  const prepared = Array.from({ length: count }, (_, n): PreparedUserSession => {
    const sessionId = randomToken(32)
    const ref = userSessionRef(sessionId)
    const user = {
      issuer: 'http://127.0.0.1:1',
      subject: `subject-${n}`,
      name: `Person ${n}`,
      email: `${n}@example.com`,
    }
    const now = Date.now()
    const browserSecret = randomToken(32)
    const record: UserSession = {
      user,
      signedInAt: now,
      endsAt: now + 3_600_000,
      browserHash: browserHash(browserSecret, ref),
    }
    const key = userSessionKey(ref)
    pipeline.set(key, sealer.seal(JSON.stringify(record), key), 'EX', 3_600)
    const signature = createHmac('sha256', secret).update(sessionId).digest('base64').replace(/=+$/, '')
    const cookie = `${USER_SESSION_COOKIE}=${encodeURIComponent(`s:${sessionId}.${signature}`)}`
    return { ref, user: userRef(user), cookie, browserSecret }
  })
  await pipeline.exec()
  return prepared
}
