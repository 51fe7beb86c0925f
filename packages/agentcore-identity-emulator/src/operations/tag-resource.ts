import { AwsError } from '../aws-protocol/errors.ts'
import { defineOperation } from '../aws-protocol/operation.ts'
import { tagConditionKeys } from '../iam/condition-keys.ts'
import { TagResourceRequest } from '../model/control-plane.ts'
import { MAX_TAGS, requireTaggable } from '../state/tags.ts'

export const TagResource = defineOperation({
  name: 'TagResource',
  path: '/tags/{resourceArn}',
  successStatus: 204,
  input: TagResourceRequest,
  permissions: ({ resourceArn, tags }) => [
    { action: 'bedrock-agentcore:TagResource', resources: [resourceArn], conditionKeys: tagConditionKeys(tags) },
  ],
  run({ resourceArn, tags }, state) {
    requireTaggable(resourceArn, state)
    const all = { ...state.tags.get(resourceArn), ...tags }
    if (Object.keys(all).length > MAX_TAGS) {
      throw new AwsError('ServiceQuotaExceededException', `A resource can have at most ${MAX_TAGS} tags`)
    }
    state.tags.set(resourceArn, all)
    return {}
  },
})
