import { USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { userRef } from '@agent-identity/service-runtime'
import { BedrockAgentCoreClient, GetWorkloadAccessTokenForJWTCommand } from '@aws-sdk/client-bedrock-agentcore'
import { expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { HostileIssuer } from '../support/hostile-issuer.ts'
import { outcomeOf } from '../support/person.ts'
import { userSessionRefOf } from '../support/redis.ts'
import { entryOf, hiddenIn, tokensAtAgentCore, userSessionOf, userTokensOf } from '../support/secrets.ts'
import { emulatorOf, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes } = attacksOn(stack)

test('no token, even a real one, replaces the user session: not as bearer, cookie, query or body', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const ref = await userSessionRefOf(victim.who)
  const { accessToken, idToken, refreshToken = '' } = await userTokensOf(stack, ref)
  const issuer = await new HostileIssuer().start()
  const now = Math.floor(Date.now() / 1_000)
  const claims = { iss: stack.signIn, sub: 'x', aud: 'agent-workload', client_id: 'agent-workload', exp: now + 300 }
  const tokens = {
    'the access token of their sign-in': accessToken,
    'the ID token of their sign-in': idToken,
    'the refresh token of their sign-in': refreshToken,
    'a token of another issuer that names this one': issuer.signed(claims),
    'an unsigned token': issuer.unsigned(claims),
    'the name of their user session': ref,
    'the state of their authorization': returnUrl.searchParams.get('state') ?? '',
    'the session URI of their authorization': returnUrl.searchParams.get('session_id') ?? '',
  }
  issuer.stop()

  const thief = await somebodyNew(stack)
  const otherUri = new URL(returnUrl)
  otherUri.searchParams.set('session_id', `${returnUrl.searchParams.get('session_id')}x`)
  await spendsNothing(victim, async () => {
    for (const [what, token] of Object.entries(tokens)) {
      const shown: Record<string, string>[] = [
        { authorization: `Bearer ${token}` },
        { authorization: `Basic ${Buffer.from(`user:${token}`).toString('base64')}` },
        { authorization: `DPoP ${token}` },
        { 'x-amzn-oidc-data': token, 'x-amzn-oidc-accesstoken': token, 'x-amzn-oidc-identity': 'x' },
        { 'x-access-token': token, 'x-user': token, 'x-forwarded-user': token, workloadaccesstoken: token },
        { cookie: `${USER_SESSION_COOKIE}=${token}` },
        { cookie: `${USER_SESSION_COOKIE}=${encodeURIComponent(`s:${token}`)}` },
        { cookie: `${USER_SESSION_COOKIE}=${encodeURIComponent(`s:${token}.${'A'.repeat(43)}`)}` },
        { cookie: `access_token=${token}; id_token=${token}; session=${token}` },
      ]
      for (const headers of shown) {
        for (const path of ['/api/session', '/api/connections', victim.eventsUrl, victim.startUrl])
          expect([what, path, (await thief.api(path, { headers })).status]).toEqual([what, path, 401])
        const page = await thief.browser.send(otherUri, { headers })
        expect([what, page.status, outcomeOf(page)]).toEqual([what, 401, 'not_signed_in'])
      }
      const parameters = new URLSearchParams({ access_token: token, token, id_token: token })
      expect((await thief.api(`/api/session?${parameters}`)).status).toBe(401)
      const json = { message: 'List my repositories', access_token: token }
      expect((await thief.postTurn(json)).status).toBe(401)
    }
  })
  await finishes(victim, returnUrl)
})

test('AgentCore’s tokens for the user, the vendor’s access token and the workload access token, give no access here', async () => {
  const victim = await waiting()
  await finishes(victim)
  const { entry } = await hiddenIn(stack, victim.id)
  const held = await tokensAtAgentCore(stack, await userSessionRefOf(victim.who), entry)
  const thief = await somebodyNew(stack)
  const calls = (await emulatorOf(stack).calls()).length
  for (const token of Object.values(held))
    for (const path of ['/api/session', '/api/connections', victim.eventsUrl, victim.startUrl]) {
      for (const headers of [{ authorization: `Bearer ${token}` }, { workloadaccesstoken: token }])
        expect((await thief.api(path, { headers: headers as Record<string, string> })).status).toBe(401)
      expect((await thief.api(path, { headers: { cookie: `${USER_SESSION_COOKIE}=${token}` } })).status).toBe(401)
    }
  expect(await emulatorOf(stack).calls()).toHaveLength(calls)
  const { stream } = await victim.who.ask('List my repositories')
  expect(await stream.answer()).toContain(`repo-of-${victim.who.username}`)
})

test('the token of the user’s own profile has the issuer and the subject of their sign-in, but cannot mint', async () => {
  const somebody = await signedIn(stack)
  const { stream } = await somebody.ask('What is in my profile?')
  await somebody.connect((await stream.next('authorization_required')).data.startUrl)
  await stream.answer()
  const ref = await userSessionRefOf(somebody)
  const { accessToken: own } = await userTokensOf(stack, ref)
  const user = userRef((await userSessionOf(stack, somebody)).user)
  const { accessToken: delegated } = await tokensAtAgentCore(stack, ref, await entryOf(stack, user, 'profile'))
  const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
  expect(claimsOf(delegated)).toMatchObject({ iss: claimsOf(own).iss, sub: claimsOf(own).sub })
  expect(claimsOf(delegated).client_id).not.toBe(claimsOf(own).client_id)

  const { awsRegion: region, awsCredentials, agentcoreIdentity: endpoint } = stack
  const { WORKLOAD_NAME: workloadName = '' } = stack.environments['agent-workload']
  const agentcore = new BedrockAgentCoreClient({ region, endpoint, credentials: awsCredentials['agent-workload'] })
  const mint = (userToken: string) =>
    agentcore.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }))
  expect((await mint(own)).workloadAccessToken).toEqual(expect.any(String))
  await expect(mint(delegated)).rejects.toThrow(
    /is not authorized to perform: bedrock-agentcore:GetWorkloadAccessTokenForJWT/,
  )
  agentcore.destroy()
  for (const path of ['/api/session', '/api/connections'])
    expect(
      (await (await somebodyNew(stack)).api(path, { headers: { authorization: `Bearer ${delegated}` } })).status,
    ).toBe(401)
})
