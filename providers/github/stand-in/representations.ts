import type { Person } from '@agent-identity/stand-in-kit'
import type { Issue, Repository } from './repositories.ts'

/** GitHub's ids are numbers. */
const idOf = (person: Person) => Number.parseInt(person.subject.slice(0, 7), 16)
const nodeId = (kind: string, id: number) => Buffer.from(`${kind}:${id}`).toString('base64url')

/** @param origin GitHub's web and API addresses are one here. */
export function userOf(person: Person, origin: string) {
  return {
    login: person.username,
    id: idOf(person),
    node_id: nodeId('User', idOf(person)),
    avatar_url: '',
    url: `${origin}/users/${person.username}`,
    html_url: `${origin}/${person.username}`,
    type: 'User',
    user_view_type: 'public',
    site_admin: false,
  }
}

export function repositoryOf(repository: Repository, origin: string) {
  const fullName = `${repository.owner.username}/${repository.name}`
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: fullName,
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    owner: userOf(repository.owner, origin),
    html_url: `${origin}/${fullName}`,
    url: `${origin}/repos/${fullName}`,
    description: null,
    fork: false,
    archived: false,
    disabled: false,
    has_issues: true,
    open_issues_count: repository.issues.length,
    default_branch: 'main',
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
  }
}

export function issueOf(repository: Repository, issue: Issue, origin: string) {
  const path = `${repository.owner.username}/${repository.name}/issues/${issue.number}`
  return {
    id: issue.id,
    node_id: nodeId('Issue', issue.id),
    number: issue.number,
    title: issue.title,
    body: issue.body,
    user: userOf(issue.author, origin),
    state: 'open',
    state_reason: null,
    locked: false,
    labels: [],
    assignees: [],
    comments: 0,
    author_association: issue.author === repository.owner ? 'OWNER' : 'NONE',
    created_at: issue.createdAt,
    updated_at: issue.createdAt,
    closed_at: null,
    url: `${origin}/repos/${path}`,
    html_url: `${origin}/${path}`,
  }
}
