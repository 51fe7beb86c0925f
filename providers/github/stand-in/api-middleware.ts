import { randomUUID } from 'node:crypto'
import { type AuthorizationServer, findCaller } from '@agent-identity/stand-in-kit'
import type { ErrorRequestHandler, RequestHandler, Response } from 'express'

/** GitHub's error: its `status` is a string. */
export function refuse(response: Response, status: number, message: string, errors?: object[]): void {
  const documentation_url = 'https://docs.github.com/rest'
  response.status(status).json({ message, ...(errors ? { errors } : {}), documentation_url, status: String(status) })
}

/** "Getting started with the REST API": requests without a User-Agent are rejected. */
export const requireUserAgent: RequestHandler = (request, response, next) => {
  response.set({ 'X-GitHub-Media-Type': 'github.v3; format=json', 'X-GitHub-Request-Id': randomUUID() })
  if (request.headers['user-agent']) next()
  else
    response.status(403).type('text/plain').send('Request forbidden by administrative rules. Send a User-Agent header.')
}

const EVERY_SCOPE: ReadonlySet<string> = new Set(['repo', 'public_repo', 'user', 'read:user', 'user:email'])

const INCLUDED: Readonly<Record<string, readonly string[]>> = {
  repo: ['public_repo'],
  user: ['read:user', 'user:email'],
}

/** "Normalized scopes": a scope that another one includes is left out. */
function normalized(scopes: ReadonlySet<string>): string[] {
  const included = new Set([...scopes].flatMap((scope) => INCLUDED[scope] ?? []))
  return [...scopes].filter((scope) => !included.has(scope)).sort()
}

/** Puts a `Caller` into `response.locals.caller`. */
export function requireCaller(server: AuthorizationServer, isGithubApp: boolean): RequestHandler {
  return async (request, response, next) => {
    const { authorization } = request.headers
    if (!authorization) return refuse(response, 401, 'Requires authentication')
    const caller = await findCaller(server, authorization)
    if (!caller) return refuse(response, 401, 'Bad credentials')
    response.locals.caller = isGithubApp ? { ...caller, scopes: EVERY_SCOPE } : caller
    response.set('X-OAuth-Scopes', isGithubApp ? '' : normalized(caller.scopes).join(', '))
    next()
  }
}

export const malformedJson: ErrorRequestHandler = (error, _request, response, next) => {
  if (error?.type === 'entity.parse.failed') refuse(response, 400, 'Problems parsing JSON')
  else next(error)
}
