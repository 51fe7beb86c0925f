import type {
  Authorization,
  AuthorizationId,
  ConnectionId,
  ConnectionsAt,
  OfferedProvider,
  ProviderId,
  TurnId,
  UserRef,
  UserSessionRef,
  WaiterId,
} from '@agent-identity/contracts'
import { createCalls } from '../connections/calls.ts'
import { createConnections } from '../connections/connections.ts'
import { accessForRun, type TurnMemory } from '../need/access-for-run.ts'
import { createAuthorizations } from '../need/authorizations.ts'
import type { FromVault } from '../vault.ts'
import { createMemoryLedger } from './memory.ts'
import { OFFERED } from './offered.ts'

export const ALICE = 'a'.repeat(22) as UserRef
export const SESSION = 's'.repeat(22) as UserSessionRef
export const NOW = 1_900_000_000_000
const TURN = `${'c'.repeat(22)}.${'t'.repeat(11)}` as TurnId
const step = async () => undefined

/** Records in memory, and a vault that has the token `token of <label>` in each entry. */
export function records() {
  const audited: { event: string }[] = []
  const uses: unknown[] = []
  let n = 0
  const audit = (event: { event: string }) => void audited.push(event)
  const connections = createConnections({
    ledger: createMemoryLedger<ConnectionsAt>(step),
    look: step,
    tellChanged: step,
    audit,
    clock: () => NOW,
  })
  const authorizations = createAuthorizations({
    ledger: createMemoryLedger<Authorization>(step),
    look: step,
    ttlMs: 600_000,
    most: 3,
    newId: () => `${n++}`.padEnd(22, 'z'),
    audit,
    clock: () => NOW,
  })
  const calls = createCalls({
    connections,
    uses: { keep: async (...use) => void uses.push(use), forget: async () => void uses.splice(0) },
    onFailure: () => undefined,
  })
  const who = { user: ALICE, userSession: SESSION, requestId: 'arriving' }

  /** A consent that came, with the account's stable id as its name. */
  async function arrive(
    account: string,
    {
      scopes = 'read:user repo',
      granted = scopes,
      expected,
      provider = 'github',
      since = NOW,
    }: {
      scopes?: string
      granted?: string
      expected?: ConnectionId
      provider?: ProviderId
      since?: number
    } = {},
  ) {
    const { generation } = await connections.read(ALICE, provider)
    const label = `label-${n++}`
    const credentialProvider = OFFERED.get(provider)?.credentialProvider ?? ''
    const arrived = await connections.arrive(who, provider, {
      entry: { credentialProvider, scopes, parameters: { connection_label: label } },
      ...{ account, name: `name of ${account}`, granted, since, asOf: generation, expected, isNeeded: true },
    })
    if (!('connection' in arrived)) throw new Error(arrived.outcome)
    return arrived.connection
  }
  return { audited, uses, connections, authorizations, calls, who, arrive }
}

export function runOf(
  { connections, authorizations, calls }: ReturnType<typeof records>,
  {
    inVault = (label) => ({ outcome: 'token', accessToken: `token of ${label}` }),
    offered = OFFERED,
  }: {
    inVault?: (label: string) => FromVault
    offered?: ReadonlyMap<string, OfferedProvider>
  } = {},
) {
  const asked = new Map<string, AuthorizationId>()
  const accounts = new Map<string, ConnectionId>()
  const announced: unknown[] = []
  const memory: TurnMemory = {
    find: async (what) => asked.get(what),
    async announce(what, event) {
      asked.set(what, event.authorizationId)
      announced.push(event)
    },
    accountAt: async (provider) => accounts.get(provider),
    async keepAccount(provider, connection) {
      accounts.set(provider, accounts.get(provider) ?? connection)
      return accounts.get(provider) as ConnectionId
    },
  }
  const turn = {
    ...{ waiter: TURN as string as WaiterId, turnId: TURN, user: ALICE, userSession: SESSION },
    ...{ onlyIn: SESSION, requestId: 'the-turn' },
  }
  const withoutConsent = {
    tokenFor: async () => ({ outcome: 'token', accessToken: 'of the agent' }) as const,
    drop: () => undefined,
  }
  const vault = {
    read: async (_who: unknown, { parameters }: { parameters: Record<string, string> }) =>
      inVault(parameters.connection_label ?? ''),
  }
  const newRun = () =>
    accessForRun(turn, memory, { offered, connections, authorizations, vault, calls, withoutConsent })
  return { newRun, run: newRun(), asked, accounts, announced }
}
