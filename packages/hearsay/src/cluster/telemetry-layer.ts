import { inquiryTopics } from '../inquiry/index.ts';
import {
  encodePollQuestion,
  Folder,
  isEstimate,
  PollAnswers,
  Telemetry,
  type TelemetryConfig,
  type TelemetryEnv,
} from '../telemetry/index.ts';
import { ClusterError, type StepClock } from '../util/index.ts';
import type { StateHooks } from './cluster-delegate.ts';
import type { KvLayer } from './kv-layer.ts';

/**
 * Metrics of this node, and of all members as one: as `ClusterNode.telemetry` hands it out. Recording and reading take no
 * time; ages are as of the last step.
 */
export type NodeTelemetry = Pick<
  Telemetry,
  | 'config'
  | 'folder'
  | 'stats'
  | 'outcome'
  | 'outcomeAgeMs'
  | 'outcomesUnderWay'
  | 'slotOf'
  | 'instrument'
  | 'remove'
  | 'kindOf'
  | 'onSample'
>;

/** Whom a poll asks for what. */
export interface TelemetryPollRequest {
  /** Names of metrics; all when there are none. */
  readonly names: readonly string[];
  /** Names of members; this node may be among them. @defaultValue all live ones */
  readonly to?: readonly string[];
  /** When it ends at the latest, in milliseconds from now; at most 60,000. */
  readonly timeoutMs: number;
}

/** Why a member is not in the result of a poll: it does not understand such questions, or said nothing in time. */
export type PollMissingReason = 'stock' | 'no answer';

/** What came of a poll. */
export interface TelemetryPollResult {
  /** The samples of those that have answered. */
  readonly folder: Folder;
  readonly missing: readonly { readonly name: string; readonly reason: PollMissingReason }[];
}

/**
 * Telemetry above the state layer.
 *
 * @throws `ClusterError` `ERR_CONFIG`
 */
export function createTelemetry(
  config: Partial<TelemetryConfig> | undefined,
  state: KvLayer | undefined,
  env: TelemetryEnv,
): Telemetry | undefined {
  if (config === undefined) return undefined;
  if (state === undefined) {
    throw new ClusterError('ERR_CONFIG', 'telemetry is given without kv, by which it travels');
  }
  const telemetry = new Telemetry(config, state.kv, state.host, env);
  state.inquiries.handle(inquiryTopics.telemetry, (question) => telemetry.answerPoll(question));
  return telemetry;
}

/** The hooks of the state layer, and messages of estimates go to telemetry. */
export function withEstimates(hooks: StateHooks, telemetry: Telemetry | undefined): StateHooks {
  return {
    ...hooks,
    onUserMessage: (message, from) => {
      if (!isEstimate(message)) return hooks.onUserMessage(message, from);
      telemetry?.receiveEstimate(message);
      return true;
    },
  };
}

/** Asks members for their metrics. `onDone` hears what came of it in a later step. Throws as `Inquiries.ask`. */
export function pollTelemetry(
  { telemetry, state, clock }: { readonly telemetry: Telemetry; readonly state: KvLayer; readonly clock: StepClock },
  { names, to, timeoutMs }: TelemetryPollRequest,
  onDone: (result: TelemetryPollResult) => void,
): void {
  const { host, inquiries, isCapable } = state;
  const asked = to ?? host.liveMembers().map(({ name }) => name);
  const answers = new PollAnswers(names.length);
  const tooLong: string[] = [];
  if (asked.includes(host.name)) answers.add(host.name, telemetry.samplesOf(names), clock.nowMs);
  inquiries.ask(
    inquiryTopics.telemetry,
    encodePollQuestion(names),
    { to: asked, timeoutMs },
    (name, answer) => {
      if (!answers.add(name, answer, clock.nowMs)) tooLong.push(name);
    },
    (silent) => {
      const missing = [...silent, ...tooLong].map((name) => {
        const member = host.member(name);
        const reason: PollMissingReason = member === undefined || isCapable(member) ? 'no answer' : 'stock';
        return { name, reason };
      });
      onDone({ folder: new Folder(answers, 'poll'), missing });
    },
  );
}
