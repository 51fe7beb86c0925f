import { PROVIDERS } from '@agent-identity/contracts'
import { z } from 'zod'
import type { Profile } from '../vendors/profile.ts'
import { defineTool } from './define-tool.ts'

export const readProfile = (profile: Profile) =>
  defineTool({
    name: 'read_profile',
    description: "Reads the user's own profile at Amazon Cognito: username, name and e-mail address.",
    inputSchema: z.object({}),
    provider: 'profile',
    scopes: PROVIDERS.profile.baseScopes,
    does: 'read',
    act: (_input, { accessToken, run }) => profile.read(accessToken, run.signal),
  })
