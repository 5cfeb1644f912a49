import { ByteWriter } from '../util/index.ts';
import { encodeAck, encodePing } from '../wire/index.ts';
import type { StreamOutcome } from './evidence/records.ts';
import type { StreamPinger } from './stream-probe.ts';
import type { Streams } from './streams.ts';

/** Pings over a stream of its own each time (memberlist `sendPingAndWaitForAck`). */
export function streamPinger(streams: Streams): StreamPinger {
  return (to, ping, deadlineMs, onOutcome, onOpened) => {
    let isOpen = false;
    const writer = new ByteWriter(128);
    encodePing(writer, ping);
    streams.open(
      { to, request: writer.view(), expectsAnswer: true, deadlineMs },
      {
        onOpened: () => {
          isOpen = true;
          onOpened?.();
        },
        onAnswer: (answer) => onOutcome(answer.type === 'ack' && answer.ack.seqNo === ping.seqNo ? 'acked' : 'silent'),
        onEnd: (reason) => onOutcome(outcomeOf(reason, isOpen)),
      },
    );
  };
}

/** What a stream that brought no ack says of its target. */
function outcomeOf(reason: string | undefined, isOpen: boolean): StreamOutcome {
  if (reason === 'ECONNREFUSED') return 'refused';
  if (isOpen) return 'silent';
  return reason === 'timed out' || reason?.startsWith('E') === true ? 'unreachable' : 'untried';
}

/** The answer to such a ping; it carries no payload. */
export function encodeStreamAck(seqNo: number): Uint8Array {
  const writer = new ByteWriter(32);
  encodeAck(writer, { seqNo, payload: null });
  return writer.view();
}
