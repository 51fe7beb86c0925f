import {
  type Authorization,
  type AuthorizationId,
  type AuthorizationRequired,
  type ConnectionId,
  type ConnectionsAt,
  isInCatalogue,
  type OfferedProviders,
  type ProviderId,
  type TurnId,
} from '@agent-identity/contracts'
import { DisconnectedError } from '@agent-identity/service-runtime'
import type { Calls } from '../connections/calls.ts'
import { defaultOf, find, isLive } from '../connections/decide.ts'
import type { Use } from '../connections/uses.ts'
import { type Access, type AccessPorts, type Asker, access, type Wanted } from './access.ts'
import { type AccessWithoutConsent, needsNoConsent } from './access-without-consent.ts'
import { authorizationRequired } from './authorization-required.ts'
import type { ResourceAccess, ResourceAccessOutcome } from './resource-access.ts'

/** What a turn remembers over all of its runs. */
export interface TurnMemory {
  find(what: string): Promise<AuthorizationId | undefined>
  /** Stores it and, in the same step, tells the browser, once. */
  announce(what: string, event: AuthorizationRequired): Promise<void>
  /** @returns undefined when the turn has used none yet */
  accountAt(provider: ProviderId): Promise<ConnectionId | undefined>
  /** @returns the one that was kept first */
  keepAccount(provider: ProviderId, connection: ConnectionId): Promise<ConnectionId>
}

export interface AccessForRunPorts extends Omit<AccessPorts, 'asked'> {
  offered: OfferedProviders
  withoutConsent: AccessWithoutConsent
  calls: Calls
}

/** The access of one run of a turn. The turn keeps to the account that it has used first, whichever is the default by now. */
export function accessForRun(
  turn: Asker & { turnId: TurnId },
  memory: TurnMemory,
  ports: AccessForRunPorts,
): ResourceAccess {
  const { user } = turn
  /** Of a token of this run: its connection, with the entry and the generation that were read with it. */
  const tokens = new Map<string, Extract<Access, { outcome: 'token' }>['connection']>()

  const needsConsent = (provider: ProviderId) => {
    const offered = ports.offered.get(provider)
    return offered !== undefined && !needsNoConsent(offered)
  }

  /** @returns undefined until the turn has used an account, or where that has ended */
  async function kept(provider: ProviderId, at: ConnectionsAt): Promise<ConnectionId | undefined> {
    const connection = await memory.accountAt(provider)
    return isLive(find(at, connection)) ? connection : undefined
  }

  function lastTokenOf(provider: ProviderId, connection: ConnectionId | undefined) {
    const of = [...tokens.values()].filter((one) => connection === undefined || one.id === connection)
    return of.findLast(({ entry }) => entry.credentialProvider === ports.offered.get(provider)?.credentialProvider)
  }

  return {
    async accountsAt(provider) {
      if (!needsConsent(provider)) return undefined
      const at = await ports.connections.read(user, provider)
      const live = at.connections.filter(isLive)
      const names = [...new Set(live.flatMap(({ name }) => name ?? []))]
      const byDefault = find(at, (await kept(provider, at)) ?? defaultOf(at)?.id)?.name
      return live.length > 1 && names.length > 0 ? { names, byDefault } : undefined
    },

    async connectionFor(provider, name) {
      if (!needsConsent(provider)) return undefined
      const at = await ports.connections.read(user, provider)
      const id =
        name === undefined
          ? ((await kept(provider, at)) ?? defaultOf(at)?.id)
          : at.connections.find((one) => isLive(one) && one.name === name)?.id
      if (name !== undefined && !id) return 'unknown'
      const connection = find(at, id)
      return connection ? { connection: connection.id, name: connection.name } : {}
    },

    async tokenFor(provider, scopes, { rejected, connection } = {}): Promise<ResourceAccessOutcome> {
      const offered = ports.offered.get(provider)
      if (!offered || !scopes.every((scope) => isInCatalogue(offered, scope))) return { outcome: 'not-offered' }
      if (needsNoConsent(offered)) {
        const why = rejected === 'scope-missing' ? undefined : rejected
        if (rejected && !why) return { outcome: 'missing-scopes', missing: [] }
        return ports.withoutConsent.tokenFor(turn, offered, scopes, why)
      }
      const at = await ports.connections.read(user, provider)
      const wanted = connection ?? (await kept(provider, at))
      const last = rejected && lastTokenOf(provider, wanted)
      const asking: Wanted = {
        scopes,
        connection: wanted,
        rejected: rejected && last ? { why: rejected, entry: last.entry } : undefined,
      }
      const asked: AccessPorts['asked'] = {
        find: memory.find,
        keep: (what, authorization: Authorization) =>
          memory.announce(what, authorizationRequired(authorization, offered, at)),
      }
      const found = await access(turn, offered, asking, { ...ports, asked })
      switch (found.outcome) {
        case 'token': {
          if (connection === undefined) {
            const first = await memory.keepAccount(provider, found.connection.id)
            // Another tool of this turn was faster, with another account.
            if (first !== found.connection.id && isLive(find(at, first)))
              return this.tokenFor(provider, scopes, { rejected, connection: first })
          }
          tokens.set(found.accessToken, found.connection)
          return { outcome: 'token', accessToken: found.accessToken }
        }
        case 'authorization-required':
          return { outcome: 'authorization-required', authorizationId: found.authorization.id }
        case 'declined':
          return { outcome: 'declined', code: found.code, ...(found.account && { account: found.account }) }
        default:
          return found
      }
    },

    async whileConnected({ provider, accessToken, does }, call) {
      const offered = ports.offered.get(provider)
      // Without consent there is no connection that the user could end.
      if (offered && needsNoConsent(offered)) return call(NEVER_ABORTED)
      const of = tokens.get(accessToken)
      if (!of) throw new DisconnectedError()
      const use: Use = { does }
      return ports.calls.during(user, provider, of, call, use)
    },
  }
}

const NEVER_ABORTED = new AbortController().signal
