/** A policy that IAM would refuse, or that cannot be evaluated here. Its message names the place and the mistake, for the policy's author. */
export class PolicyError extends Error {}
