import type { Input } from '../test-support/aws-stub.ts'
import { doctorFinds } from '../test-support/doctor-finds.ts'
import { PREFIX } from '../test-support/healthy-stage.ts'
import { repeated } from '../test-support/xml.ts'

const nodes = (change: object) => () => ({
  ReplicationGroups: repeated('ReplicationGroup', [
    { Status: 'available', UserGroupIds: [PREFIX], TransitEncryptionEnabled: true, ...change },
  ]),
})
const user =
  (change: object) =>
  (reply: { Users: object[] }, { UserId }: Input) =>
    String(UserId).endsWith('binding') ? { Users: [{ ...reply.Users[0], ...change }] } : reply
const members =
  (...UserIds: string[]) =>
  () => ({ UserGroups: [{ UserGroupId: PREFIX, UserIds }] })
const STORE = 'session store and its users'

doctorFinds([
  [
    'a session store that is being changed',
    { replies: { 'elasticache:DescribeReplicationGroups': nodes({ Status: 'modifying' }) } },
    [`${STORE}: The session store is modifying, not available.`],
  ],
  [
    'a session store without its user group',
    { replies: { 'elasticache:DescribeReplicationGroups': nodes({ UserGroupIds: [] }) } },
    [`${STORE}: The session store does not have exactly the user group ${PREFIX}.`],
  ],
  [
    'a session store without TLS',
    { replies: { 'elasticache:DescribeReplicationGroups': nodes({ TransitEncryptionEnabled: false }) } },
    [`${STORE}: The session store takes connections without TLS.`],
  ],
  [
    'a default user in the group',
    { replies: { 'elasticache:DescribeUserGroups': members(`${PREFIX}-workload`, `${PREFIX}-binding`, 'default') } },
    [`${STORE}: The user default may sign in to the session store and is not ours.`],
  ],
  [
    'a user who is not in the group',
    { replies: { 'elasticache:DescribeUserGroups': members(`${PREFIX}-workload`) } },
    [`${STORE}: The user ${PREFIX}-binding is not in the group ${PREFIX}.`],
  ],
  [
    'a user with more rights',
    { replies: { 'elasticache:DescribeUsers': user({ AccessString: 'on ~* +@all' }) } },
    [`${STORE}: The session store's user session-binding may do something else than this checkout says.`],
  ],
  [
    'a user without a password',
    { replies: { 'elasticache:DescribeUsers': user({ Authentication: { Type: 'no-password' } }) } },
    [`${STORE}: The session store's user session-binding needs no password.`],
  ],
  [
    'a user that is being changed',
    { replies: { 'elasticache:DescribeUsers': user({ Status: 'modifying' }) } },
    [`${STORE}: The session store's user session-binding is modifying.`],
  ],
  [
    'a user that is gone',
    { replies: { 'elasticache:DescribeUsers': user({ UserName: 'somebody-else' }) } },
    [`${STORE}: The session store has no user session-binding.`],
  ],
])
