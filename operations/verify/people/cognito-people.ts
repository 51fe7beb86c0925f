import { randomInt } from 'node:crypto'
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  type CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  paginateListUsers,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { removeAll, removeIfThere } from '../remove-if-there.ts'
import { isLeftover, TEMPORARY_PREFIX, temporaryName } from '../temporary-name.ts'
import { removeUserPoolClients } from '../user-pool-clients.ts'
import { totp, untilNextStepMs } from './totp.ts'
import type { User } from './user.ts'

interface Options {
  cognito: CognitoIdentityProviderClient
  userPoolId: string
  /** The pool requires an authenticator app of all users. */
  mfaRequired: boolean
  wait(milliseconds: number): Promise<void>
}

export class CognitoPeople {
  readonly #options: Options
  readonly #undo: (() => Promise<unknown>)[] = []
  #directClientId: string | undefined

  constructor(options: Options) {
    this.#options = options
  }

  async make(): Promise<User> {
    const { cognito, userPoolId, mfaRequired } = this.#options
    const name = temporaryName()
    // RFC 2606 reserves example.com: the address belongs to no person.
    const email = `${name}@example.com`
    const user: User = { username: email, password: newPassword(), email }
    this.#undo.push(() => cognito.send(new AdminDeleteUserCommand({ UserPoolId: userPoolId, Username: email })))
    await cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: userPoolId,
        Username: email,
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: email },
          { Name: 'email_verified', Value: 'true' },
          { Name: 'name', Value: 'Verify' },
        ],
      }),
    )
    await cognito.send(
      new AdminSetUserPasswordCommand({
        UserPoolId: userPoolId,
        Username: email,
        Password: user.password,
        Permanent: true,
      }),
    )
    return mfaRequired ? { ...user, oneTimeCode: await this.#registerApp(user) } : user
  }

  /** A new token each time, from a separate client: Cognito's API accepts no password for the deployment's client. */
  async tokenOf(user: User): Promise<string> {
    const { cognito, userPoolId } = this.#options
    const ClientId = await this.#directClient()
    const answer = await this.#signInDirectly(user)
    if (answer.AuthenticationResult?.AccessToken) return answer.AuthenticationResult.AccessToken
    const { AuthenticationResult } = await cognito.send(
      new AdminRespondToAuthChallengeCommand({
        UserPoolId: userPoolId,
        ClientId,
        ChallengeName: 'SOFTWARE_TOKEN_MFA',
        Session: answer.Session,
        ChallengeResponses: {
          USERNAME: answer.ChallengeParameters?.USER_ID_FOR_SRP ?? user.username,
          SOFTWARE_TOKEN_MFA_CODE: (await user.oneTimeCode?.()) ?? '',
        },
      }),
    )
    if (!AuthenticationResult?.AccessToken) throw new Error('Cognito gave the temporary user no token.')
    return AuthenticationResult.AccessToken
  }

  async removeLeftovers(): Promise<number> {
    const { cognito, userPoolId: UserPoolId } = this.#options
    const found: string[] = []
    const input = { UserPoolId, Filter: `email ^= "${TEMPORARY_PREFIX}"` }
    for await (const { Users } of paginateListUsers({ client: cognito }, input))
      for (const { Username, Attributes } of Users ?? []) {
        // `Username` is an id in a pool that signs users in by e-mail address.
        const email = Attributes?.find(({ Name }) => Name === 'email')?.Value
        if (Username && isLeftover(email)) found.push(Username)
      }
    for (const Username of found)
      await removeIfThere(() => cognito.send(new AdminDeleteUserCommand({ UserPoolId, Username })))
    return found.length
  }

  close(): Promise<number> {
    return removeAll(this.#undo)
  }

  async #directClient(): Promise<string> {
    const { cognito, userPoolId: UserPoolId } = this.#options
    if (this.#directClientId) return this.#directClientId
    const ClientName = temporaryName()
    const known: string[] = []
    this.#undo.push(() => removeUserPoolClients(cognito, UserPoolId, (name) => name === ClientName, known))
    const { UserPoolClient } = await cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName,
        GenerateSecret: false,
        ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
        AccessTokenValidity: 60,
        TokenValidityUnits: { AccessToken: 'minutes' },
      }),
    )
    const ClientId = UserPoolClient?.ClientId ?? ''
    known.push(ClientId)
    this.#directClientId = ClientId
    return ClientId
  }

  async #signInDirectly({ username, password }: User) {
    return this.#options.cognito.send(
      new AdminInitiateAuthCommand({
        UserPoolId: this.#options.userPoolId,
        ClientId: await this.#directClient(),
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: username, PASSWORD: password },
      }),
    )
  }

  /** Cognito accepts no code twice. */
  async #registerApp(user: User): Promise<() => Promise<string>> {
    const { cognito, wait } = this.#options
    const challenge = await this.#signInDirectly(user)
    const { SecretCode = '', Session } = await cognito.send(
      new AssociateSoftwareTokenCommand({ Session: challenge.Session }),
    )
    let last = ''
    const oneTimeCode = async () => {
      if (totp(SecretCode, Date.now()) === last) await wait(untilNextStepMs(Date.now()))
      last = totp(SecretCode, Date.now())
      return last
    }
    await cognito.send(new VerifySoftwareTokenCommand({ Session, UserCode: await oneTimeCode() }))
    return oneTimeCode
  }
}

/** With every kind of character that a pool may require. */
function newPassword(): string {
  const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789', '!#%+:=?@']
  const letters = Array.from({ length: 32 }, (_, at) => {
    const kind = kinds[at % kinds.length] ?? ''
    return kind[randomInt(kind.length)]
  })
  return letters.join('')
}
