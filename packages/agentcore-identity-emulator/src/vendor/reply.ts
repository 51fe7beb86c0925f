import type { Response } from 'express'
import type { Markup } from '../pages/page.ts'

export type Reply = {
  status: number
  headers?: Readonly<Record<string, string>>
  user?: string | null | undefined
} & ({ page: Markup } | { json: object } | { location: string } | { empty: true })

export function sendReply(response: Response, reply: Reply): void {
  response.status(reply.status).set(reply.headers ?? {})
  if ('page' in reply) response.type('html').send(reply.page.toString())
  else if ('json' in reply) response.json(reply.json)
  else if ('location' in reply) response.redirect(reply.status, reply.location)
  else response.end()
}
