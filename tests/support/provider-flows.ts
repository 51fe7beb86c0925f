import { PROVIDERS } from '@agent-identity/providers'
import { loadScriptedOf } from '@agent-identity/providers/scripted'

/** Of every provider, the request that its scripted model names first: it reads, and where it is for a user, the answer names them. */
const FLOWS = await Promise.all(
  [...PROVIDERS.values()].map(async ({ id, displayName, credential }) => {
    const [tool = '', first] = Object.entries(await loadScriptedOf(id))[0] ?? []
    return { provider: id, displayName, credential, tool, question: first?.example ?? '' }
  }),
)

/** Where users consent. */
export const PROVIDER_FLOWS = FLOWS.filter(({ credential }) => credential === 'user')

/** Where nothing is asked of them. */
export const WITHOUT_CONSENT_FLOWS = FLOWS.filter(({ credential }) => credential !== 'user')

export const flowOf = (provider: string) => {
  const flow = FLOWS.find((one) => one.provider === provider)
  if (!flow) throw new Error(`There is no provider ${provider}`)
  return flow
}
