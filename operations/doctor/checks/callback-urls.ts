import { PROVIDERS } from '@agent-identity/providers'
import { DescribeUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider'
import { describeFailure } from '../describe-failure.ts'
import { byHand, CannotCheck, type Check, type Finding, notChecked, wrong } from '../finding.ts'
import type { StoredProvider } from '../read-providers.ts'
import { requireId, requireStack, type Stage } from '../stage.ts'

/** Doctor can read what is registered at Cognito only; at the other authorization servers, a person compares. */
export const callbackUrls: Check<Stage> = {
  name: 'callback URLs',
  async run(stage) {
    const all = (await stage.providers()).filter(({ credential }) => credential === 'user')
    const each = all.map(async (provider) => {
      try {
        return await registrationOf(provider, stage)
      } catch (error) {
        // A provider that cannot be checked must not hide what is wrong with another.
        return [notChecked(describeFailure(error))]
      }
    })
    return (await Promise.all(each)).flat()
  },
}

async function registrationOf({ id, name, stored }: StoredProvider, stage: Stage): Promise<Finding[]> {
  const callbackUrl = stored?.callbackUrl
  if (!callbackUrl) throw new CannotCheck(`The credential provider ${name} has no callback URL.`)
  const provider = PROVIDERS.get(id)
  const server = provider?.credential === 'user' ? provider.authorizationServer : undefined
  if (!server || !('client' in server)) {
    const where = server ? server.registerAt : 'the authorization server'
    return [byHand(`Compare: at ${where} the callback URL of ${name} must be ${callbackUrl}`)]
  }

  const registered = await registeredAtCognito(stage, stored)
  if (registered.length === 1 && registered[0] === callbackUrl) return []
  return [
    wrong(
      registered.includes(callbackUrl)
        ? `The Cognito client of ${name} has other callback URLs besides AgentCore's.`
        : `The Cognito client of ${name} does not have AgentCore's callback URL ${callbackUrl}.`,
      `Make ${callbackUrl} the client's only callback URL in the console (Cognito, user pool, App clients, Login pages). Or run npm run deploy -- --revert-drift, which registers it again (and restores all else that was changed outside CloudFormation).`,
    ),
  ]
}

async function registeredAtCognito(stage: Stage, stored: NonNullable<StoredProvider['stored']>): Promise<string[]> {
  const ClientId = stored.oauth2ProviderConfigOutput?.includedOauth2ProviderConfig?.clientId
  if (!ClientId) throw new CannotCheck('AgentCore does not say which Cognito client the profile provider uses.')
  const UserPoolId = requireId(requireStack(await stage.stacks(), 'identity'), 'AWS::Cognito::UserPool')
  const { UserPoolClient } = await stage.aws.cognito.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }))
  return UserPoolClient?.CallbackURLs ?? []
}
