import { asksFor, inList, type Scripted, thereAreMore } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Repositories = z.object({ repositories: z.array(z.object({ name: z.string() })), more: z.boolean().optional() })
const Issue = z.object({ title: z.string(), repository: z.string(), number: z.number() })

const VERBS = ['what', 'which', 'show', 'list']

function listed(result: unknown): string {
  const { repositories, more } = Repositories.parse(result)
  if (repositories.length === 0) return 'You have no repositories.'
  return `Your repositories: ${inList(repositories.map(({ name }) => name))}.${thereAreMore(more)}`
}

function opened(result: unknown): string {
  const { title, repository, number } = Issue.parse(result)
  return `Issue #${number}, "${title}", is open in ${repository}.`
}

export const scripted: Scripted = {
  list_repositories: {
    example: 'List my repositories',
    request: asksFor(VERBS, '(?<!private )(?:repositories|repos)'),
    ability: 'list your repositories',
    answer: listed,
  },
  list_private_repositories: {
    example: 'List my private repositories',
    request: asksFor(VERBS, 'private (?:repositories|repos)'),
    ability: 'list your private repositories too',
    answer: listed,
  },
  open_issue: {
    example: 'Open an issue titled Typo in alice/notes',
    request: /\bopen an issue (?:titled|called|named) (?<title>.+?) in (?<repository>[\w.-]+\/[\w.-]*\w)/i,
    quotes: true,
    ability: 'open an issue ("Open an issue titled Typo in alice/notes")',
    answer: opened,
  },
  open_issue_in_private_repository: {
    example: 'Open an issue titled Typo in my private repository alice/diary',
    request:
      /\bopen an issue (?:titled|called|named) (?<title>.+?) in (?:my|the) private repository (?<repository>[\w.-]+\/[\w.-]*\w)/i,
    quotes: true,
    ability: 'open one in a private repository',
    answer: opened,
  },
}
