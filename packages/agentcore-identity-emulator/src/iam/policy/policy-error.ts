/** A policy that IAM would refuse, or that cannot be evaluated here. */
export class PolicyError extends Error {}
