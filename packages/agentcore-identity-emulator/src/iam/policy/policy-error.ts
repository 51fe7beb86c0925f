/** What IAM would not take, or what cannot be evaluated here. Its message says where and what, for whoever wrote it. */
export class PolicyError extends Error {}
