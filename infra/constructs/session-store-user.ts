import * as elasticache from 'aws-cdk-lib/aws-elasticache'
import { Construct } from 'constructs'
import { type ContainerName, prefixOf } from '../names.ts'
import { checkDeploymentName } from './check-deployment-name.ts'
import { ContainerSecret } from './container-secret.ts'
import type { DeploymentOptions } from './options.ts'
import type { SecretsKey } from './secrets-key.ts'

interface SessionStoreUserProps {
  deployment: DeploymentOptions
  secretsKey: SecretsKey
  service: ContainerName
  /** The access string of this user, from `redisAccess`. */
  access: string
}

export class SessionStoreUser extends Construct {
  readonly name: ContainerName
  readonly userId: string
  readonly password: ContainerSecret
  readonly resource: elasticache.CfnUser

  constructor(scope: Construct, id: string, { deployment, secretsKey, service, access }: SessionStoreUserProps) {
    super(scope, id)
    checkDeploymentName(deployment.name)
    this.name = service
    this.userId = `${prefixOf(deployment)}-${service.slice(service.indexOf('-') + 1)}`
    const password = secretsKey.secret(this, 'Password', {
      description: `Password of ${service} in the session store`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    })
    this.password = new ContainerSecret(password)
    this.resource = new elasticache.CfnUser(this, 'User', {
      engine: 'valkey',
      userId: this.userId,
      userName: this.name,
      accessString: access,
      authenticationMode: { Type: 'password', Passwords: [password.secretValue.unsafeUnwrap()] },
    })
  }
}
