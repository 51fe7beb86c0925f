import {
  type CognitoIdentityProviderClient,
  DeleteUserPoolClientCommand,
  paginateListUserPoolClients,
} from '@aws-sdk/client-cognito-identity-provider'
import { removeIfThere } from './remove-if-there.ts'

/**
 * Finds clients by name: a lost reply tells no id, and the SDK's retry makes another client of that name.
 *
 * @param known ids, removed without being found
 */
export async function removeUserPoolClients(
  cognito: CognitoIdentityProviderClient,
  UserPoolId: string,
  isOurs: (name: string | undefined) => boolean,
  known: Iterable<string> = [],
): Promise<number> {
  const found = new Set(known)
  const pages = paginateListUserPoolClients({ client: cognito }, { UserPoolId, MaxResults: 60 })
  for await (const { UserPoolClients } of pages)
    for (const { ClientId, ClientName } of UserPoolClients ?? [])
      if (ClientId && isOurs(ClientName)) found.add(ClientId)
  for (const ClientId of found)
    await removeIfThere(() => cognito.send(new DeleteUserPoolClientCommand({ UserPoolId, ClientId })))
  return found.size
}
