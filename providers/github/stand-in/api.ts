import type { AuthorizationServer, Caller } from '@agent-identity/stand-in-kit'
import express, { type Response, Router } from 'express'
import { z } from 'zod'
import { malformedJson, refuse, requireCaller, requireUserAgent } from './api-middleware.ts'
import { pageOf } from './pagination.ts'
import { createRepositories, type Repository } from './repositories.ts'
import { issueOf, repositoryOf, userOf } from './representations.ts'

const NewIssue = z.looseObject({ title: z.string().trim().min(1), body: z.string().nullish() })

/** @param isGithubApp the tokens have all permissions, and no scopes */
export function githubApi(server: AuthorizationServer, isGithubApp = false): Router {
  const repositories = createRepositories(server.people)
  const origin = server.provider.issuer

  const router = Router()
  router.use(['/user', '/repos'], requireUserAgent, requireCaller(server, isGithubApp))

  router.get('/user', (_request, response) => {
    const { person, scopes } = callerOf(response, ['read:user', 'user'])
    response.json({
      ...userOf(person, origin),
      name: person.name,
      email: scopes.has('user:email') ? person.email : null,
      public_repos: repositories.ownedBy(person).filter((one) => !one.private).length,
    })
  })

  router.get('/user/repos', (request, response) => {
    const caller = callerOf(response, [])
    const { visibility } = request.query
    const visible = repositories
      .ownedBy(caller.person)
      .filter((one) => !one.private || (caller.scopes.has('repo') && visibility !== 'public'))
      .filter((one) => one.private || visibility !== 'private')
    response.json(pageOf(visible, request, response).map((one) => repositoryOf(one, origin)))
  })

  router.get('/repos/:owner/:repo/issues', (request, response) => {
    const repository = find(request.params, callerOf(response, ['repo']))
    if (!repository) return refuse(response, 404, 'Not Found')
    const newestFirst = repository.issues.toReversed()
    response.json(pageOf(newestFirst, request, response).map((one) => issueOf(repository, one, origin)))
  })

  router.post('/repos/:owner/:repo/issues', express.json({ type: () => true, limit: '256kb' }), (request, response) => {
    const caller = callerOf(response, ['public_repo', 'repo'])
    const repository = find(request.params, caller)
    const mayWrite = caller.scopes.has('repo') || (caller.scopes.has('public_repo') && !repository?.private)
    // Without the scope GitHub answers as if there were no such repository.
    if (!repository || !mayWrite) return refuse(response, 404, 'Not Found')

    const parsed = NewIssue.safeParse(request.body)
    if (!parsed.success) return refuse(response, 422, 'Validation Failed', invalidFields(parsed.error, request.body))
    const { title, body = null } = parsed.data
    const issue = repositories.openIssue(repository, { title, body, author: caller.person })
    const representation = issueOf(repository, issue, origin)
    response.status(201).set('Location', representation.url).json(representation)
  })
  router.use(malformedJson)
  return router

  function find({ owner, repo }: { owner: string; repo: string }, caller: Caller): Repository | undefined {
    return repositories.visibleTo(caller.person, owner, repo, caller.scopes.has('repo'))
  }
}

/** Lists in the headers which scopes this resource checks. */
function callerOf(response: Response, acceptedScopes: readonly string[]): Caller {
  response.set('X-Accepted-OAuth-Scopes', acceptedScopes.join(', '))
  return response.locals.caller
}

function invalidFields(error: z.ZodError, body: unknown) {
  return error.issues.map(({ path: [field = 'issue'] }) => {
    const missing = (body as Record<PropertyKey, unknown> | undefined)?.[field as PropertyKey] === undefined
    return { resource: 'Issue', field: String(field), code: missing ? 'missing_field' : 'invalid' }
  })
}
