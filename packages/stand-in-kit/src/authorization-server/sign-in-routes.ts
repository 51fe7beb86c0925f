import express, { Router } from 'express'
import { signInPage } from '../pages/sign-in-page.ts'
import { PAGE_HEADERS } from '../pages/style.ts'
import type { AuthorizationServer } from './create-authorization-server.ts'

/** The sign-in page of an authorization server. Its cookie is SameSite=Lax: no other site can post to it. */
export function signInRoutes({ provider, people, look, applicationName }: AuthorizationServer): Router {
  const page = (uid: string, refusedUsername?: string) =>
    signInPage({ look, applicationName, action: `/interaction/${uid}/sign-in`, refusedUsername })

  const router = Router()
  router.get('/interaction/:uid', async (request, response, next) => {
    const { prompt, uid } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login') response.set(PAGE_HEADERS).send(page(uid))
    else next()
  })

  router.post('/interaction/:uid/sign-in', express.urlencoded({ limit: '8kb' }), async (request, response) => {
    const { uid } = await provider.interactionDetails(request, response)
    const { username, password } = request.body ?? {}
    const person = people.withPassword(String(username ?? '').trim(), String(password ?? ''))
    if (person) await provider.interactionFinished(request, response, { login: { accountId: person.subject } })
    else
      response
        .status(400)
        .set(PAGE_HEADERS)
        .send(page(uid, String(username ?? '')))
  })
  return router
}
