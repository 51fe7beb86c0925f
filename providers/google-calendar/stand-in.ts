import { createVendor, type StandIn, type VendorOptions } from '@agent-identity/stand-in-kit'
import type { Express } from 'express'
import { calendarApi } from './stand-in/api.ts'
import { revocation } from './stand-in/revocation.ts'
import { tokenInfo } from './stand-in/token-info.ts'

const endpoints = { authorization: '/o/oauth2/v2/auth', token: '/token' }

/** Imitates accounts.google.com, oauth2.googleapis.com and the Calendar API. */
function createGoogleCalendar(options: VendorOptions): Promise<Express> {
  // Google returns a refresh token only with `access_type=offline`, and only after a new consent.
  const offlineConsents = new Set<string>()
  return createVendor(options, {
    look: { colour: 'blue', name: 'Google Calendar', standsInFor: 'Google' },
    accountHint: 'login_hint',
    scopes: {
      'https://www.googleapis.com/auth/userinfo.email': 'See your primary Google Account email address',
      'https://www.googleapis.com/auth/calendar': 'See, change and delete your calendars and their events',
      'https://www.googleapis.com/auth/calendar.readonly': 'See your calendars and their events',
      'https://www.googleapis.com/auth/calendar.events': 'See, add, change and remove events in your calendars',
      'https://www.googleapis.com/auth/calendar.events.readonly': 'See the events in your calendars',
    },
    // Google has no box for what belongs to signing in ("Granular permissions").
    optional: (scope) => !scope.includes('/auth/userinfo.'),
    configuration: {
      routes: { ...endpoints, jwks: '/oauth2/v3/certs' },
      extraParams: ['access_type', 'include_granted_scopes'],
      issueRefreshToken: (_context, _client, code) => offlineConsents.delete(code.grantId ?? ''),
      // Stricter than Google: this detects a client that drops the new refresh token.
      rotateRefreshToken: true,
    },
    onConsent(grantId, { access_type }) {
      if (access_type === 'offline') offlineConsents.add(grantId)
    },
    routes: (server) => [revocation(server), tokenInfo(server), calendarApi(server)],
  })
}

export const standIn: StandIn = { endpoints, create: createGoogleCalendar }
