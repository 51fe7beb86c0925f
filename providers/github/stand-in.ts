import { createVendor, type StandIn, type VendorOptions } from '@agent-identity/stand-in-kit'
import type { Express } from 'express'
import { githubApi } from './stand-in/api.ts'
import { appAuthorizations } from './stand-in/app-authorizations.ts'
import { answerAsGithub } from './stand-in/token-endpoint.ts'

const endpoints = { authorization: '/login/oauth/authorize', token: '/login/oauth/access_token' }
const YEAR = 365 * 24 * 3_600

/** Imitates github.com and api.github.com at once: an OAuth app's flow and a part of the REST API. */
function createGithub(options: VendorOptions): Promise<Express> {
  return createVendor(options, {
    look: { colour: 'green', name: 'GitHub', standsInFor: 'github.com' },
    scopes: {
      'read:user': 'Read your profile',
      user: 'Read and write your profile',
      'user:email': 'Read your e-mail addresses',
      public_repo: 'Read and write your public repositories',
      repo: 'Read and write your public and private repositories, with their issues',
    },
    // An OAuth app's token is valid until it is revoked, and has no refresh token.
    client: { grant_types: ['authorization_code'] },
    configuration: {
      routes: {
        ...endpoints,
        jwks: '/login/oauth/jwks',
      },
      ttl: { AccessToken: 10 * YEAR, Grant: 10 * YEAR },
      issueRefreshToken: () => false,
    },
    routes(server) {
      server.provider.use(answerAsGithub)
      return [appAuthorizations(server, options.client), githubApi(server)]
    },
  })
}

export const standIn: StandIn = { endpoints, create: createGithub }
