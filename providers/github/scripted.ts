import { asksFor, inList, type Scripted } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Repositories = z.object({ repositories: z.array(z.object({ name: z.string() })) })
const Issue = z.object({ title: z.string(), repository: z.string(), number: z.number() })

export const scripted: Scripted = {
  list_repositories: {
    example: 'List my repositories',
    request: asksFor(['what', 'which', 'show', 'list'], 'repositories|repos'),
    ability: 'list your repositories',
    answer(result) {
      const { repositories } = Repositories.parse(result)
      if (repositories.length === 0) return 'You have no repositories.'
      return `Your repositories: ${inList(repositories.map(({ name }) => name))}.`
    },
  },
  open_issue: {
    example: 'Open an issue titled Typo in alice/notes',
    request: /\bopen an issue (?:titled|called|named) (?<title>.+?) in (?<repository>[\w.-]+\/[\w.-]*\w)/i,
    quotes: true,
    ability: 'open an issue ("Open an issue titled Typo in alice/notes")',
    answer(result) {
      const { title, repository, number } = Issue.parse(result)
      return `Issue #${number}, "${title}", is open in ${repository}.`
    },
  },
}
