import type { Adapter, AdapterPayload } from 'oidc-provider'

/** With its own in-memory adapter, oidc-provider prints a warning. */
export function memoryAdapter(): (model: string) => Adapter {
  const records = new Map<string, AdapterPayload>()
  return (model) => {
    const find = (matches: (payload: AdapterPayload) => boolean) =>
      [...records].find(([key, payload]) => key.startsWith(`${model}:`) && matches(payload))?.[1]
    return {
      upsert: async (id, payload) => void records.set(`${model}:${id}`, payload),
      find: async (id) => records.get(`${model}:${id}`),
      findByUid: async (uid) => find((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => find((payload) => payload.userCode === userCode),
      async consume(id) {
        const payload = records.get(`${model}:${id}`)
        if (payload) payload.consumed = Math.floor(Date.now() / 1_000)
      },
      destroy: async (id) => void records.delete(`${model}:${id}`),
      async revokeByGrantId(grantId) {
        for (const [key, payload] of records) if (payload.grantId === grantId) records.delete(key)
      },
    }
  }
}
