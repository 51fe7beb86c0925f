import type { ProviderId } from '@agent-identity/contracts'
import type { Scripted } from '@agent-identity/provider-kit'
import { PROVIDERS } from './registry.ts'

export async function loadScriptedOf(id: ProviderId): Promise<Scripted> {
  // A bundler would follow a template literal in `import()`, and images do not have these files.
  const file = `./${id}/scripted.ts`
  const { scripted } = (await import(file)) as { scripted: Scripted }
  return scripted
}

export async function loadScripted(): Promise<Scripted> {
  const parts = await Promise.all([...PROVIDERS.keys()].map(loadScriptedOf))
  return Object.assign({}, ...parts) as Scripted
}
