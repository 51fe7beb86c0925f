import type { ProviderDefinition } from '@agent-identity/provider-kit'
import { revokeAtGithub } from './revocation.ts'

export const github: ProviderDefinition = {
  id: 'github',
  displayName: 'GitHub',
  credential: 'user',
  authorizationServer: {
    vendor: 'GithubOauth2',
    registerAt: 'your OAuth app (GitHub, Settings, Developer settings, OAuth Apps)',
  },
  baseScopes: ['read:user', 'repo'],
  scopeDescriptions: {
    'read:user': 'Read your profile',
    // GitHub has no narrower scope for private repositories.
    repo: 'Read and write your repositories and their issues',
  },
  customParameters: {},
  revocation: { by: 'client', url: 'https://api.github.com/applications/{client_id}/token', revoke: revokeAtGithub },
  // Or a GitHub Enterprise Server's `https://host/api/v3`.
  apiUrl: 'https://api.github.com',
  atWork: async (settings) => (await import('./tools.ts')).githubAtWork(settings),
}
