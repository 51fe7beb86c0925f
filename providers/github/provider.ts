import type { ProviderDefinition } from '@agent-identity/provider-kit'

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
  // Or a GitHub Enterprise Server's `https://host/api/v3`.
  apiUrl: 'https://api.github.com',
  atWork: async (settings) => (await import('./tools.ts')).githubAtWork(settings),
}
