import { ROUTES } from '@agent-identity/contracts'
import type { RequestHandler, Response } from 'express'
import type { RedisClient } from './redis-client.ts'

/**
 * Liveness does not ask Redis: a restart would not bring it back. Neither route is public where a proxy in front (CloudFront or
 * the load balancer) adds `X-Forwarded-For`: the load balancer's own health checks do not have it.
 */
export function healthRoutes(redis: RedisClient, isDraining: () => boolean): RequestHandler {
  const isReady = async () =>
    !isDraining() &&
    (await redis.ping().then(
      () => true,
      () => false,
    ))
  const say = (response: Response, status: number, text: string) =>
    void response.status(status).type('text/plain').send(text)

  // Cheaper than a router: every request passes here.
  return ({ method, path, headers }, response, next) => {
    if ((path !== ROUTES.health && path !== ROUTES.readiness) || headers['x-forwarded-for'] !== undefined) return next()
    if (method !== 'GET' && method !== 'HEAD') return next()
    if (path === ROUTES.health) return say(response, 200, 'ok')
    void isReady().then((ready) => say(response, ready ? 200 : 503, ready ? 'ready' : 'not ready'))
  }
}
