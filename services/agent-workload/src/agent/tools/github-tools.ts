import { z } from 'zod'
import type { GitHub } from '../vendors/github.ts'
import { defineTool } from './define-tool.ts'

/** GitHub has no narrower scope for private repositories; the base set of the provider has it. */
const REPOSITORIES = 'repo'

export const listRepositories = (github: GitHub) =>
  defineTool({
    name: 'list_repositories',
    description: "Lists the user's GitHub repositories, the ones with the latest changes first.",
    inputSchema: z.object({}),
    provider: 'github',
    scopes: [REPOSITORIES],
    does: 'read',
    act: async (_input, { accessToken, run }) => ({ repositories: await github.repositories(accessToken, run.signal) }),
  })

export const openIssue = (github: GitHub) =>
  defineTool({
    name: 'open_issue',
    description: 'Opens an issue in a GitHub repository.',
    inputSchema: z.object({
      repository: z
        .string()
        .regex(/^[\w.-]{1,39}\/[\w.-]{1,100}$/)
        // `..` would climb out of the address that the client makes of it.
        .refine((name) => name.split('/').every((part) => !/^\.{1,2}$/.test(part)))
        .describe('Owner and name, such as alice/notes'),
      title: z.string().min(1).max(256),
      text: z.string().max(10_000).optional().describe('The text of the issue, if there is more to say than the title'),
    }),
    provider: 'github',
    scopes: [REPOSITORIES],
    does: 'change',
    async act({ repository, title, text }, { accessToken, run }) {
      const [owner = '', name = ''] = repository.split('/')
      const { number } = await github.openIssue(accessToken, { owner, repository: name, title, text }, run.signal)
      return { repository, title, number }
    },
  })
