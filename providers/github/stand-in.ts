import { createVendor, type StandIn, type VendorOptions } from '@agent-identity/stand-in-kit'
import type { Express } from 'express'
import { githubApi } from './stand-in/api.ts'
import { appAuthorizations } from './stand-in/app-authorizations.ts'
import { answerAsGithub } from './stand-in/token-endpoint.ts'

const endpoints = { authorization: '/login/oauth/authorize', token: '/login/oauth/access_token' }
const HOUR = 3_600
const YEAR = 365 * 24 * HOUR

/** A token is valid until it is revoked, and has no refresh token. */
const OAUTH_APP = {
  client: { grant_types: ['authorization_code'] },
  lifetimes: { ttl: { AccessToken: 10 * YEAR, Grant: 10 * YEAR }, issueRefreshToken: () => false },
}
/** "Refreshing user access tokens": an access token lasts 8 hours and a refresh token 6 months. A refresh replaces both. */
const GITHUB_APP = {
  client: {},
  lifetimes: {
    ttl: { AccessToken: 8 * HOUR, RefreshToken: YEAR / 2, Grant: YEAR / 2 },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
  },
}

/** Imitates github.com and api.github.com. The variant `github-app` is a GitHub App whose users' tokens expire. */
function createGithub(options: VendorOptions): Promise<Express> {
  const isGithubApp = options.variant === 'github-app'
  const { client, lifetimes } = isGithubApp ? GITHUB_APP : OAUTH_APP
  return createVendor(options, {
    look: { colour: 'green', name: 'GitHub', standsInFor: 'github.com' },
    accountHint: 'login',
    scopes: {
      'read:user': 'Read your profile',
      user: 'Read and write your profile',
      'user:email': 'Read your e-mail addresses',
      public_repo: 'Read and write your public repositories',
      repo: 'Read and write your public and private repositories, with their issues',
    },
    client,
    configuration: {
      routes: {
        ...endpoints,
        jwks: '/login/oauth/jwks',
      },
      extraParams: ['login'],
      ...lifetimes,
    },
    routes(server) {
      server.provider.use(answerAsGithub)
      return [appAuthorizations(server, options.client), githubApi(server, isGithubApp)]
    },
  })
}

export const standIn: StandIn = { endpoints, create: createGithub }
