/** Completes every authorization, and returns no access token. Verifies no signature. `GET /calls` returns the number of calls. */
import { serve } from './listening-server.ts'

const CONSENT = JSON.stringify({
  authorizationUrl: 'http://127.0.0.1:1/authorize',
  sessionUri: 'urn:ietf:params:oauth:request_uri:bench',
})
/** About as long as a real workload access token. */
const MINTED = JSON.stringify({ workloadAccessToken: 'w'.repeat(1_024) })

let calls = 0

serve((request, response) => {
  if (request.url === '/calls') return void response.end(String(calls))
  calls++
  request.resume()
  request.on('end', () => {
    response.setHeader('Content-Type', 'application/json')
    if (request.url?.includes('/GetWorkloadAccessToken')) response.end(MINTED)
    else response.end(request.url === '/identities/oauth2/token' ? CONSENT : '{}')
  })
})
