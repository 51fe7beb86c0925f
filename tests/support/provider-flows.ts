import { PROVIDERS } from '@agent-identity/providers'
import { loadScriptedOf } from '@agent-identity/providers/scripted'

/** For every provider, the first example of its scripted model. */
const FLOWS = await Promise.all(
  [...PROVIDERS.values()].map(async ({ id, displayName, credential }) => {
    const [tool = '', first] = Object.entries(await loadScriptedOf(id))[0] ?? []
    return { provider: id, displayName, credential, tool, question: first?.example ?? '' }
  }),
)

export const PROVIDER_FLOWS = FLOWS.filter(({ credential }) => credential === 'user')

/** A second provider with consent, and no particular one. */
export const ANOTHER_FLOW = PROVIDER_FLOWS.find(({ provider }) => provider !== 'github') ?? flowOf('profile')

export const WITHOUT_CONSENT_FLOWS = FLOWS.filter(({ credential }) => credential !== 'user')

export function flowOf(provider: string) {
  const flow = FLOWS.find((one) => one.provider === provider)
  if (!flow) throw new Error(`There is no provider ${provider}`)
  return flow
}
