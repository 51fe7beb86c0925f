import type { People, Person } from '@agent-identity/stand-in-kit'

export interface Repository {
  id: number
  owner: Person
  name: string
  private: boolean
  issues: Issue[]
}

export interface Issue {
  id: number
  number: number
  title: string
  body: string | null
  author: Person
  /** ISO 8601. */
  createdAt: string
}

export interface Repositories {
  ownedBy(person: Person): Repository[]
  /** Undefined also when this person may not see it, as at GitHub. */
  visibleTo(person: Person, owner: string, name: string, canSeePrivate: boolean): Repository | undefined
  openIssue(repository: Repository, issue: Pick<Issue, 'title' | 'body' | 'author'>): Issue
}

const REPOSITORIES: Readonly<Record<string, readonly Pick<Repository, 'name' | 'private'>[]>> = {
  alice: [
    { name: 'notes', private: false },
    { name: 'blog', private: false },
    { name: 'diary', private: true },
  ],
  bob: [
    { name: 'secrets', private: false },
    { name: 'letters', private: true },
  ],
}

const repositoriesOf = (username: string) =>
  REPOSITORIES[username] ?? [
    { name: `repo-of-${username}`, private: false },
    { name: `private-of-${username}`, private: true },
  ]

export function createRepositories(people: People): Repositories {
  let lastId = 1_000
  const nextId = () => ++lastId
  const all = people.all.flatMap((owner) =>
    repositoriesOf(owner.username).map(
      (repository): Repository => ({ id: nextId(), owner, ...repository, issues: [] }),
    ),
  )
  return {
    ownedBy: (person) => all.filter(({ owner }) => owner === person),
    visibleTo: (person, owner, name, canSeePrivate) =>
      all.find(
        (one) =>
          one.owner.username === owner.toLowerCase() &&
          one.name === name.toLowerCase() &&
          (!one.private || (one.owner === person && canSeePrivate)),
      ),
    openIssue(repository, issue) {
      const number = repository.issues.length + 1
      const opened = { id: nextId(), number, createdAt: new Date().toISOString(), ...issue }
      repository.issues.push(opened)
      return opened
    },
  }
}
