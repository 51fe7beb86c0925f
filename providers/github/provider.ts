import type { ProviderDefinition } from '@agent-identity/provider-kit'
import { revokeAtGithub } from './revocation.ts'

export const github: ProviderDefinition = {
  id: 'github',
  displayName: 'GitHub',
  suggestions: ['List my repositories'],
  credential: 'user',
  authorizationServer: {
    vendor: 'GithubOauth2',
    registerAt: 'your OAuth app (GitHub, Settings, Developer settings, OAuth Apps)',
  },
  // Without a further scope, an OAuth app's token reads no private repositories.
  baseScopes: ['read:user'],
  scopeDescriptions: {
    'read:user': 'Read your profile and your public repositories',
    public_repo: 'Read and write your public repositories and their issues',
    // GitHub has no narrower scope that lists private repositories or opens issues in them.
    repo: 'Read and write all of your repositories and their issues, the private ones too',
  },
  // "Scopes for OAuth apps", Normalized scopes.
  includedScopes: { repo: ['public_repo'], user: ['read:user'] },
  customParameters: {},
  accountChoice: { hint: 'login', chooser: { prompt: 'select_account' } },
  revocation: { by: 'client', url: 'https://api.github.com/applications/{client_id}/token', revoke: revokeAtGithub },
  apiUrl: 'https://api.github.com',
  atWork: async (settings) => (await import('./tools.ts')).githubAtWork(settings),
}
