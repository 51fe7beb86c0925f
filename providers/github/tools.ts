import { defineTool, type ProviderAtWork, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { createGitHub, type GitHub } from './client.ts'

export function githubAtWork(settings: VendorSettings): ProviderAtWork {
  const github = createGitHub(settings)
  return { account: github.login, tools: [listRepositories(github), openIssue(github)] }
}

const listRepositories = (github: GitHub) =>
  defineTool({
    name: 'list_repositories',
    description: "Lists the user's GitHub repositories, the ones with the latest changes first.",
    pastTense: 'listed repositories',
    inputSchema: z.object({}),
    scopes: ['repo'],
    does: 'read',
    act: async (_input, { accessToken, signal }) => ({ repositories: await github.repositories(accessToken, signal) }),
  })

const openIssue = (github: GitHub) =>
  defineTool({
    name: 'open_issue',
    description: 'Opens an issue in a GitHub repository.',
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
    scopes: ['repo'],
    does: 'change',
    async act({ repository, title, text }, { accessToken, signal }) {
      const [owner = '', name = ''] = repository.split('/')
      const { number } = await github.openIssue(accessToken, { owner, repository: name, title, text }, signal)
      return { repository, title, number }
    },
  })
