import type { AuthorizationId, StartId, Start as StartRecord } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import type fc from 'fast-check'
import type { Redis } from 'ioredis'
import { ISSUER } from '../fake-openid-provider.ts'
import type { HttpBrowser } from '../http-browser.ts'
import type { TwoServices } from '../two-services.ts'
import type { Model } from './model.ts'
import type { RedisWriter } from './redis-writer.ts'

export interface Real {
  browsers: HttpBrowser[]
  services: TwoServices
  redis: Redis
  writer: RedisWriter
  /** In Unix milliseconds. */
  clock: { now: number }
  /** What has happened, and how often in all runs. */
  seen: Map<string, number>
}

export const count = ({ seen }: Real, what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)

export const person = ({ services }: Real, browser: HttpBrowser) => ({
  browser,
  username: 'somebody',
  stack: { app: services.app },
})

/** Empty if there is no record, or if it cannot be opened. */
export const recordOf = async ({ services }: Real, { id }: { id: StartId }): Promise<Partial<StartRecord>> =>
  (await services.starts.read(id)) ?? {}

export const refOf = (user: string) => userRef({ issuer: ISSUER, subject: user })

export const authorizationOf = (
  { services }: Real,
  { id, session }: { id: AuthorizationId; session: { user: string } },
) => services.authorizations.read(refOf(session.user), id)

export type Command = fc.AsyncCommand<Model, Real>

export const command = (
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, real: Real) => Promise<void>,
): Command => ({ check, run, toString: () => name })

export const always = () => true
export const hasAuthorization = ({ authorizations }: Model) => authorizations.length > 0
export const hasStart = ({ starts }: Model) => starts.length > 0
