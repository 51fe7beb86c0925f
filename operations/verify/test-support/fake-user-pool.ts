import { randomUUID } from 'node:crypto'
import { type Operations, Refusal } from './fake-aws.ts'

interface Client {
  ClientId: string
  ClientName: string
  ClientSecret?: string
  [setting: string]: unknown
}

export function fakeUserPool({ mfaRequired = false } = {}) {
  const users = new Map<string, { Password?: string; MessageAction: unknown; app?: true }>()
  const clients = new Map<string, Client>()
  const resourceServers = new Set<string>()
  const codes: string[] = []
  const userNamed = (name: unknown) => {
    const user = users.get(String(name))
    if (!user) throw new Refusal('UserNotFoundException')
    return user
  }
  const tokens = () => ({ AuthenticationResult: { AccessToken: `token-${randomUUID()}` } })
  const takeOnce = (code: unknown) => {
    if (codes.includes(String(code))) throw new Refusal('CodeMismatchException')
    codes.push(String(code))
  }
  const operations: Operations = {
    AdminCreateUser({ Username, MessageAction }) {
      users.set(String(Username), { MessageAction })
      return {}
    },
    AdminSetUserPassword({ Username, Password, Permanent }) {
      if (Permanent) userNamed(Username).Password = String(Password)
      return {}
    },
    AdminDeleteUser({ Username }) {
      userNamed(Username)
      users.delete(String(Username))
      return {}
    },
    ListUsers({ Filter }) {
      const start = /^email \^= "(.*)"$/.exec(String(Filter))?.[1] ?? ''
      const found = [...users.keys()].filter((name) => name.startsWith(start))
      return { Users: found.map((Username) => ({ Username, Attributes: [{ Name: 'email', Value: Username }] })) }
    },
    AdminInitiateAuth({ AuthParameters }) {
      const { USERNAME, PASSWORD } = AuthParameters as Record<string, string>
      const user = userNamed(USERNAME)
      if (user.Password !== PASSWORD) throw new Refusal('NotAuthorizedException')
      if (!mfaRequired) return tokens()
      return { ChallengeName: user.app ? 'SOFTWARE_TOKEN_MFA' : 'MFA_SETUP', Session: USERNAME }
    },
    AssociateSoftwareToken: ({ Session }) => ({ SecretCode: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', Session }),
    VerifySoftwareToken({ Session, UserCode }) {
      takeOnce(UserCode)
      userNamed(Session).app = true
      return { Status: 'SUCCESS' }
    },
    AdminRespondToAuthChallenge({ ChallengeResponses }) {
      takeOnce((ChallengeResponses as Record<string, string>).SOFTWARE_TOKEN_MFA_CODE)
      return tokens()
    },
    CreateUserPoolClient(input) {
      const ClientId = randomUUID()
      const secret = input.GenerateSecret ? { ClientSecret: randomUUID() } : {}
      const client = { ...input, ClientId, ClientName: String(input.ClientName), ...secret }
      clients.set(ClientId, client)
      return { UserPoolClient: client }
    },
    UpdateUserPoolClient(input) {
      clients.set(String(input.ClientId), { ...(input as Client) })
      return {}
    },
    DeleteUserPoolClient({ ClientId }) {
      if (!clients.delete(String(ClientId))) throw new Refusal('ResourceNotFoundException')
      return {}
    },
    ListUserPoolClients: () => ({ UserPoolClients: [...clients.values()] }),
    CreateManagedLoginBranding: () => ({}),
    CreateResourceServer({ Identifier }) {
      resourceServers.add(String(Identifier))
      return {}
    },
    DeleteResourceServer({ Identifier }) {
      if (!resourceServers.delete(String(Identifier))) throw new Refusal('ResourceNotFoundException')
      return {}
    },
    ListResourceServers: () => ({ ResourceServers: [...resourceServers].map((Identifier) => ({ Identifier })) }),
  }
  return { users, clients, resourceServers, operations }
}
