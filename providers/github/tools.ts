import { defineTool, type ProviderAtWork, type ProviderTool, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { createGitHub, type GitHub } from './client.ts'

export function githubAtWork(settings: VendorSettings): ProviderAtWork {
  const github = createGitHub(settings)
  return {
    account: github.account,
    tools: [
      listRepositories(github, {
        name: 'list_repositories',
        description: "Lists the user's public GitHub repositories, the ones with the latest changes first.",
        scopes: ['read:user'],
        visibility: 'public',
      }),
      listRepositories(github, {
        name: 'list_private_repositories',
        description:
          "Lists all of the user's GitHub repositories, the private ones too. Only for a user who asks for private ones: they are asked for more access.",
        scopes: ['repo'],
        visibility: 'all',
      }),
      openIssue(github, {
        name: 'open_issue',
        description: 'Opens an issue in a public GitHub repository.',
        scopes: ['public_repo'],
      }),
      openIssue(github, {
        name: 'open_issue_in_private_repository',
        description:
          'Opens an issue in a private GitHub repository. Only for a repository of which the user says that it is private: they are asked for more access.',
        scopes: ['repo'],
      }),
    ],
  }
}

/** One tool for each set of scopes: a tool for public repositories must not ask for access to private ones. */
type Variant = Pick<ProviderTool, 'name' | 'description' | 'scopes'>

const listRepositories = (github: GitHub, { visibility, ...variant }: Variant & { visibility: 'public' | 'all' }) =>
  defineTool({
    ...variant,
    pastTense: 'listed repositories',
    inputSchema: z.object({}),
    does: 'read',
    act: (_input, { accessToken, signal }) => github.repositories(accessToken, visibility, signal),
  })

const openIssue = (github: GitHub, variant: Variant) =>
  defineTool({
    ...variant,
    pastTense: 'opened an issue',
    inputSchema: z.object({
      repository: z
        .string()
        .regex(/^[\w.-]{1,39}\/[\w.-]{1,100}$/)
        // `..` would change the path of the request.
        .refine((name) => name.split('/').every((part) => !/^\.{1,2}$/.test(part)))
        .describe('Owner and name, such as alice/notes'),
      title: z.string().min(1).max(256),
      text: z.string().max(10_000).optional().describe('The text of the issue, if there is more to say than the title'),
    }),
    does: 'change',
    // GitHub does not tell upper from lower case in names.
    destination: ({ repository }, account) =>
      repository.split('/')[0]?.toLowerCase() === account.toLowerCase() ? 'own' : 'other',
    async act({ repository, title, text }, { accessToken, signal }) {
      const [owner = '', name = ''] = repository.split('/')
      const { number } = await github.openIssue(accessToken, { owner, repository: name, title, text }, signal)
      return { repository, title, number }
    },
  })
