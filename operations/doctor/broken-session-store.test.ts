import type { Input } from '../test-support/aws-stub.ts'
import { type BrokenThing, doctorFinds, doctorSays } from '../test-support/doctor-finds.ts'
import { PREFIX } from '../test-support/healthy-stage.ts'
import { repeated } from '../test-support/xml.ts'

const nodes = (change: object) => () => ({
  ReplicationGroups: repeated('ReplicationGroup', [{ Status: 'available', UserGroupIds: [PREFIX], ...change }]),
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
    'a session store without its user group',
    { replies: { 'elasticache:DescribeReplicationGroups': nodes({ UserGroupIds: [] }) } },
    [`${STORE}: The session store does not have exactly the user group ${PREFIX}.`],
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
  ...(
    [
      ['a key', (access) => access.replace('on ', 'on ~* ')],
      ['a channel', (access) => access.replace('resetchannels', 'resetchannels &*')],
      ['a command', (access) => `${access.replace('-@all', '-@all +scan')}`],
      ['a key in a selector', (access) => access.replace('(%R~', '(~x %R~')],
      ['the right to write where it may read', (access) => access.replace('%R~', '~')],
      ['another selector', (access) => `${access} (~* -@all +get)`],
      ['fewer selectors', (access) => access.replace(/ \([^)]*\)$/, '')],
      ['a command that is taken away', (access) => `${access} -xadd`],
      ['no command, which are all taken away at the end', (access) => access.replace(' (', ' -@all (')],
      ['no channel, which are all taken away at the end', (access) => access.replace(' -@all', ' resetchannels -@all')],
    ] as const satisfies [string, (access: string) => string][]
  ).map(
    ([what, change]): BrokenThing => [
      `a user with ${what}`,
      {
        replies: {
          'elasticache:DescribeUsers': (reply, input) =>
            user({ AccessString: change(reply.Users[0].AccessString) })(reply, input),
        },
      },
      [`${STORE}: The session store's user session-binding may do something else than this checkout says.`],
    ],
  ),
  [
    'a session store that could not be created',
    { replies: { 'elasticache:DescribeReplicationGroups': nodes({ Status: 'create-failed' }) } },
    [`${STORE}: The session store is create-failed, not available.`],
  ],
  [
    'a user without a password',
    { replies: { 'elasticache:DescribeUsers': user({ Authentication: { Type: 'no-password' } }) } },
    [`${STORE}: The session store's user session-binding needs no password.`],
  ],
  [
    'a user that is gone',
    { replies: { 'elasticache:DescribeUsers': user({ UserName: 'somebody-else' }) } },
    [`${STORE}: The session store has no user session-binding.`],
  ],
])

doctorSays('under way', [
  [
    'a session store that is being changed',
    { replies: { 'elasticache:DescribeReplicationGroups': nodes({ Status: 'modifying' }) } },
    [`${STORE}: The session store is modifying, not available.`],
  ],
  [
    'a user that is being changed',
    { replies: { 'elasticache:DescribeUsers': user({ Status: 'modifying' }) } },
    [`${STORE}: The session store's user session-binding is modifying.`],
  ],
])
