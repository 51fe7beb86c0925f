import type { ConnectedAccount } from '@agent-identity/contracts'
import { callForJson, listOf, moreIf, scopesInText, short, type VendorSettings } from '@agent-identity/provider-kit'
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
/** A repository has about 7 kB, and the API cannot leave members out. */
const MOST_BYTES = 1024 * 1024

const User = z.object({ id: z.int(), login: z.string() })
const Repositories = listOf(z.object({ full_name: z.string(), private: z.boolean() }), LISTED)
const Issue = z.object({ number: z.int() })

/** @param settings.url `https://api.github.com`, or a GitHub Enterprise Server's `https://host/api/v3` */
export function createGitHub({ url, timeoutMs }: VendorSettings): GitHub {
  const call = <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    request: { accessToken: string; signal: AbortSignal; json?: unknown },
  ) => callForJson(schema, `${url}${path}`, { ...request, timeoutMs, mostBytes: MOST_BYTES })

  return {
    async account(accessToken, signal) {
      const { data, headers } = await call('/user', User, { accessToken, signal })
      // A login can be changed, and then be another person's.
      return { id: String(data.id), name: short(data.login), granted: scopesInText(headers.get('x-oauth-scopes')) }
    },

    async repositories(accessToken, visibility, signal) {
      const query = new URLSearchParams({ per_page: String(LISTED), sort: 'pushed', visibility })
      const { data, headers } = await call(`/user/repos?${query}`, Repositories, { accessToken, signal })
      const repositories = data.items.map((repository) => ({
        name: short(repository.full_name),
        visibility: repository.private ? 'private' : 'public',
      }))
      const hasNext = headers.get('link')?.includes('rel="next"') === true
      return { repositories, ...moreIf(hasNext || data.more === true) }
    },

    async openIssue(accessToken, { owner, repository, title, text }, signal) {
      const path = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}/issues`
      const json = { title, ...(text === undefined ? {} : { body: text }) }
      return (await call(path, Issue, { accessToken, signal, json })).data
    },
  }
}
