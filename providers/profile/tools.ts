import { defineTool, type ProviderAtWork, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { createProfile } from './client.ts'
import { BASE_SCOPES } from './scopes.ts'

export function profileAtWork(settings: VendorSettings): ProviderAtWork {
  const client = createProfile(settings)
  const readProfile = defineTool({
    name: 'read_profile',
    description: "Reads the user's own profile at Amazon Cognito: username, name and e-mail address.",
    pastTense: 'read your profile',
    inputSchema: z.object({}),
    scopes: BASE_SCOPES,
    does: 'read',
    act: (_input, { accessToken, signal }) => client.read(accessToken, signal),
  })
  return { account: client.account, tools: [readProfile] }
}
