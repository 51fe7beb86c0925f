import type { ErrorRequestHandler } from 'express'
import { errors } from 'oidc-provider'
import { messagePage } from '../pages/message-page.ts'
import { PAGE_HEADERS } from '../pages/style.ts'
import type { AuthorizationServer } from './create-authorization-server.ts'

/** For a page that has expired, was answered, or is opened in another browser, and after the browser has signed out or changed the account. */
export function interactionErrors({ look, applicationName }: AuthorizationServer): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (!(error instanceof errors.SessionNotFound)) return next(error)
    const text = `Go back to ${applicationName} and start again.`
    response
      .status(400)
      .set(PAGE_HEADERS)
      .send(messagePage(look, 'This page is out of date', text))
  }
}
