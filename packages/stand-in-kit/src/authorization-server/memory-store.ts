import type { Adapter, AdapterPayload } from 'oidc-provider'

export interface MemoryStore {
  adapter(model: string): Adapter
  /** Ends the grant with its codes and tokens, except JWTs, which are not stored. */
  revokeGrant(grantId: string): void
  /** Does not sign the user out. */
  revokeGrantsOf(accountId: string): void
  tokensOf(accountId: string): number
  /** @param but the ids of tokens that stay */
  endTokensOf(accountId: string, options: { but: readonly string[] }): void
}

/** oidc-provider's own adapter drops records beyond a thousand, which a load test creates in seconds. */
export function createMemoryStore(now: () => number = Date.now): MemoryStore {
  const models = new Map<string, Map<string, { payload: AdapterPayload; expiresAt: number }>>()
  const recordsOf = (model: string) => {
    const records = models.get(model) ?? new Map()
    models.set(model, records)
    return records
  }
  const revokeTokens = (model: string, grantId: string) => {
    const records = recordsOf(model)
    for (const [id, { payload }] of records) if (payload.grantId === grantId) records.delete(id)
  }
  const revokeGrant = (grantId: string) => {
    for (const model of ['AccessToken', 'AuthorizationCode', 'RefreshToken']) revokeTokens(model, grantId)
    recordsOf('Grant').delete(grantId)
  }

  return {
    revokeGrant,
    tokensOf: (accountId) =>
      ['AccessToken', 'RefreshToken']
        .flatMap((model) => [...recordsOf(model).values()])
        .filter(({ payload, expiresAt }) => payload.accountId === accountId && !payload.consumed && expiresAt > now())
        .length,
    endTokensOf(accountId, { but }) {
      for (const model of ['AccessToken', 'RefreshToken'])
        for (const [id, { payload }] of recordsOf(model))
          if (payload.accountId === accountId && !but.includes(id)) recordsOf(model).delete(id)
    },
    revokeGrantsOf(accountId) {
      for (const [id, { payload }] of recordsOf('Grant')) if (payload.accountId === accountId) revokeGrant(id)
    },
    adapter(model) {
      const records = recordsOf(model)
      const read = (id: string): AdapterPayload | undefined => {
        const record = records.get(id)
        if (record && record.expiresAt > now()) return record.payload
        records.delete(id)
        return undefined
      }
      return {
        async upsert(id, payload, expiresInSeconds) {
          records.set(id, { payload, expiresAt: expiresInSeconds ? now() + expiresInSeconds * 1_000 : Infinity })
        },
        find: async (id) => read(id),
        async findByUid(uid) {
          for (const [id, { payload }] of records) if (payload.uid === uid) return read(id)
          return undefined
        },
        // For the device flow, which is off.
        findByUserCode: async () => undefined,
        async consume(id) {
          const payload = read(id)
          if (payload) payload.consumed = Math.floor(now() / 1_000)
        },
        destroy: async (id) => void records.delete(id),
        revokeByGrantId: async (grantId) => revokeTokens(model, grantId),
      }
    },
  }
}
