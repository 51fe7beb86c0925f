import type { UserRef, UserSessionRef } from '@agent-identity/contracts'
import type { Logger } from '@agent-identity/service-runtime'
import type { SignInAuditEvent } from './audit.ts'
import type { OidcClient } from './oidc-client.ts'

export type Revocations = ReturnType<typeof createRevocations>

/** RFC 7009. A process should wait for its revocations before it ends: usually it has the only copy of the refresh token. */
export function createRevocations(dependencies: {
  oidc: Pick<OidcClient, 'revoke'>
  audit: (event: SignInAuditEvent) => void
  log: Logger
}) {
  const { oidc, audit, log } = dependencies
  const underWay = new Set<Promise<void>>()
  const earlier = new Set<Promise<void>>()

  async function request(
    refreshToken: string,
    /** Without a user session when none was begun. */
    actor: { requestId: string; user: UserRef; userSession?: UserSessionRef },
  ): Promise<void> {
    try {
      const outcome = await oidc.revoke(refreshToken)
      audit({ event: 'refresh_token_revocation', ...actor, outcome })
    } catch (err) {
      log.error({ err }, 'the result of a revocation could not be recorded')
    }
  }

  async function noneLeft(): Promise<void> {
    while (underWay.size + earlier.size > 0) await Promise.all([...underWay, ...earlier])
  }

  return {
    /** Does not reject. */
    async revoke(refreshToken: string | undefined, actor: Parameters<typeof request>[1]): Promise<void> {
      if (refreshToken === undefined) return
      const revocation = request(refreshToken, actor).finally(() => underWay.delete(revocation))
      underWay.add(revocation)
      await revocation
    },

    /** `finish` also waits for this work, and for the revocation to which it leads. */
    mayFollow(work: Promise<unknown>): void {
      const ended = () => void earlier.delete(awaited)
      const awaited: Promise<void> = work.then(ended, ended)
      earlier.add(awaited)
    },

    /** Resolves when none is left, or when `signal` is aborted. */
    async finish(signal: AbortSignal): Promise<void> {
      const left = () => ({ revocations: underWay.size, refreshes: earlier.size })
      if (underWay.size + earlier.size > 0) log.info(left(), 'waiting until the issuer has revoked or refreshed tokens')
      const over = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => over.resolve(), { once: true })
      if (signal.aborted) over.resolve()
      await Promise.race([noneLeft(), over.promise])
      if (underWay.size + earlier.size > 0)
        log.error(left(), 'the process ends before the issuer has revoked or refreshed these tokens')
    },
  }
}
