import type { ConnectedAccount } from '@agent-identity/contracts'
import {
  fetchWithinOrigin,
  moreIf,
  requireAnswer,
  scopesInText,
  short,
  type VendorSettings,
} from '@agent-identity/provider-kit'
import { Octokit } from '@octokit/rest'
import { z } from 'zod'

/** The agent's operations at GitHub. @throws VendorError */
export interface GitHub {
  account(accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
  /** The most recently pushed ones. */
  repositories(
    accessToken: string,
    visibility: 'public' | 'all',
    signal: AbortSignal,
  ): Promise<{ repositories: { name: string; visibility: string }[]; more?: true }>
  openIssue(
    accessToken: string,
    issue: { owner: string; repository: string; title: string; text?: string | undefined },
    signal: AbortSignal,
  ): Promise<{ number: number }>
}

const LISTED = 50

const User = z.object({ login: z.string() })
const Repositories = z.array(z.object({ full_name: z.string(), private: z.boolean() }))
const Issue = z.object({ number: z.int() })

/** Octokit gives every request with all options to its log. */
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** @param settings.url `https://api.github.com`, or a GitHub Enterprise Server's `https://host/api/v3` */
export function createGitHub({ url, timeoutMs }: VendorSettings): GitHub {
  const octokit = (accessToken: string, signal: AbortSignal) =>
    new Octokit({
      auth: accessToken,
      baseUrl: url,
      log: SILENT,
      request: { fetch: fetchWithinOrigin, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) },
    }).rest

  return {
    async account(accessToken, signal) {
      let granted: string[] | undefined
      const { login } = await requireAnswer(User, async () => {
        const answer = await octokit(accessToken, signal).users.getAuthenticated()
        granted = scopesInText(answer.headers['x-oauth-scopes'])
        return answer
      })
      return { name: short(login), granted }
    },

    async repositories(accessToken, visibility, signal) {
      let link: string | undefined
      const found = await requireAnswer(Repositories, async () => {
        const page = { per_page: LISTED, sort: 'pushed', visibility } as const
        const answer = await octokit(accessToken, signal).repos.listForAuthenticatedUser(page)
        link = answer.headers.link
        return answer
      })
      const repositories = found.slice(0, LISTED).map((repository) => ({
        name: short(repository.full_name),
        visibility: repository.private ? 'private' : 'public',
      }))
      return { repositories, ...moreIf(link?.includes('rel="next"') === true || found.length > LISTED) }
    },

    async openIssue(accessToken, { owner, repository, title, text }, signal) {
      return requireAnswer(Issue, () =>
        octokit(accessToken, signal).issues.create({
          owner,
          repo: repository,
          title,
          ...(text === undefined ? {} : { body: text }),
        }),
      )
    },
  }
}
