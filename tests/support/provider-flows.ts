import { PROVIDERS } from '@agent-identity/providers'
import { loadScriptedOf } from '@agent-identity/providers/scripted'

/** For every provider, the first request of its scripted model: it reads, and if it is for a user, the answer contains their name. */
const FLOWS = await Promise.all(
  [...PROVIDERS.values()].map(async ({ id, displayName, credential }) => {
    const [tool = '', first] = Object.entries(await loadScriptedOf(id))[0] ?? []
    return { provider: id, displayName, credential, tool, question: first?.example ?? '' }
  }),
)

/** Flows of providers with consent. */
export const PROVIDER_FLOWS = FLOWS.filter(({ credential }) => credential === 'user')

/** Of any provider with consent besides GitHub, for tests that need two providers and no particular one. */
export const ANOTHER_FLOW = PROVIDER_FLOWS.find(({ provider }) => provider !== 'github') ?? flowOf('profile')

/** Flows of providers without consent. */
export const WITHOUT_CONSENT_FLOWS = FLOWS.filter(({ credential }) => credential !== 'user')

export function flowOf(provider: string) {
  const flow = FLOWS.find((one) => one.provider === provider)
  if (!flow) throw new Error(`There is no provider ${provider}`)
  return flow
}
