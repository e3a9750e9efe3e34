// What can be said about a new password without asking the node, which knows the rule.

/** One sentence about what is wrong, or null. */
export function passwordProblem(password: string, repeated: string): string | null {
  if (password === "") return "Choose a password.";
  if (password !== repeated) return "The two passwords are not the same.";
  return null;
}

/** The node's code for a password that does not meet its rule. */
export const UNFIT = "unfit_password";
