import * as elasticache from 'aws-cdk-lib/aws-elasticache'
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { prefixOf, type ServiceName } from '../names.ts'
import { REDIS_ACCESS } from '../redis-access.ts'
import type { DeploymentOptions } from './options.ts'
import type { SecretsKey } from './secrets-key.ts'

interface SessionStoreUserProps {
  deployment: DeploymentOptions
  secretsKey: SecretsKey
  service: ServiceName
}

/** One container's own user in the session store. */
export class SessionStoreUser extends Construct {
  readonly userName: ServiceName
  readonly userId: string
  readonly password: secretsmanager.Secret
  readonly resource: elasticache.CfnUser

  constructor(scope: Construct, id: string, { deployment, secretsKey, service }: SessionStoreUserProps) {
    super(scope, id)
    this.userName = service
    this.userId = `${prefixOf(deployment)}-${service.slice(service.indexOf('-') + 1)}`
    this.password = secretsKey.secret(this, 'Password', {
      description: `Password of ${service} in the session store`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    })
    this.resource = new elasticache.CfnUser(this, 'User', {
      engine: 'valkey',
      userId: this.userId,
      userName: this.userName,
      accessString: REDIS_ACCESS[service],
      // A reference that CloudFormation resolves while deploying.
      authenticationMode: { Type: 'password', Passwords: [this.password.secretValue.unsafeUnwrap()] },
    })
  }
}
