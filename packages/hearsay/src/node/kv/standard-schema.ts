/**
 * What this package needs of a schema: the interface of Standard Schema, version 1 (https://standardschema.dev), which
 * Zod, Valibot, ArkType and others implement. Only schemas that answer at once can be used.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The value as the schema hands it on, or what is wrong with it. */
export type StandardResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong with a value. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The first few issues as one line. */
export function describeIssues(issues: readonly StandardIssue[]): string {
  const texts = issues.slice(0, 3).map(({ message, path = [] }) => {
    const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
    return steps.length === 0 ? message : `${steps.join('.')}: ${message}`;
  });
  return issues.length > texts.length
    ? `${texts.join('; ')}; and ${issues.length - texts.length} more`
    : texts.join('; ');
}
