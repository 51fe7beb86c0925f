import {
  type CognitoIdentityProviderClient,
  DeleteUserPoolClientCommand,
  paginateListUserPoolClients,
} from '@aws-sdk/client-cognito-identity-provider'
import { removeIfThere } from './remove-if-there.ts'

/**
 * Finds clients by name: a lost reply tells no id, and the SDK's retry makes another client of that name.
 *
 * @param known ids, removed before the clients are listed
 * @throws AggregateError with an error for each client that could not be removed, and for a list that could not be read
 */
export async function removeUserPoolClients(
  cognito: CognitoIdentityProviderClient,
  UserPoolId: string,
  isOurs: (name: string | undefined) => boolean,
  known: Iterable<string> = [],
): Promise<number> {
  const tried = new Set<string>()
  const errors: Error[] = []
  const collect = (error: Error) => void errors.push(error)
  const remove = async (ids: Iterable<string>) => {
    for (const ClientId of ids) {
      if (tried.has(ClientId)) continue
      tried.add(ClientId)
      await removeIfThere(() => cognito.send(new DeleteUserPoolClientCommand({ UserPoolId, ClientId }))).catch(collect)
    }
  }
  await remove(known)
  const found = new Set<string>()
  try {
    const pages = paginateListUserPoolClients({ client: cognito }, { UserPoolId, MaxResults: 60 })
    for await (const { UserPoolClients } of pages)
      for (const { ClientId, ClientName } of UserPoolClients ?? [])
        if (ClientId && isOurs(ClientName)) found.add(ClientId)
  } catch (error) {
    collect(error as Error)
  }
  await remove(found)
  if (errors.length > 0) throw new AggregateError(errors, errors[0]?.message)
  return tried.size
}
