import { ByteWriter, randomInt, type Address } from '../../util/index.ts';
import {
  encodeAck,
  encodeAlive,
  encodeSuspect,
  MessageType,
  writeBool,
  writeBytes,
  writeDouble,
  writeListHeader,
  writeMapHeader,
  writeText,
} from '../../wire/index.ts';
import type { SimNode } from '../sim-node.ts';
import type { FaultRun, FaultScenario } from './fault-scenario.ts';

interface Recorded {
  readonly from: SimNode;
  readonly to: Address;
  readonly packet: Uint8Array;
}

/** Sequence numbers of forged packets are those of others, and forged records nobody's. */
const forged = [
  'incarnation-owner',
  'second-hand-death',
  'sequence-numbers',
  'bounded-traffic',
  'packet-size',
] as const;

/** Names that one insider makes up. */
const ghostCount = 120;

/** Packets that no correct member sends, or not now. */
export const hostileFaults: readonly FaultScenario[] = [
  {
    number: 34,
    name: 'copies of packets with flipped bits',
    sizes: [4, 6],
    spanMs: 20_000,
    // One flipped bit may make a rumor of somebody else, or of another incarnation: UDP has its checksum against that.
    breaks: [...forged, 'convergence', 'one-owner', 'incarnation-never-back', 'no-resurrection', 'bounded-queues'],
    options: () => ({ swim: { gossipToTheDeadMs: 5_000 } }),
    inject: (run) => {
      const recorded = record(run);
      run.every(100, 150, () => {
        const copy = some(run, recorded);
        if (copy === undefined) return;
        const packet = Uint8Array.from(copy.packet);
        // Names are left alone, or the cluster gets members that nobody ever answers for.
        const at = randomInt(run.rng, Math.min(3, packet.length));
        packet[at]! ^= 1 << randomInt(run.rng, 8);
        run.cluster.simulator.sendPacket(copy.from, copy.to, packet);
      });
    },
  },
  {
    number: 35,
    name: 'noise, truncated packets and nests of compounds',
    sizes: [4, 6],
    spanMs: 15_000,
    breaks: forged,
    inject: (run) => {
      const recorded = record(run);
      const [name] = run.pick(1);
      run.every(50, 250, (round) => {
        const copy = some(run, recorded);
        if (copy === undefined) return;
        const packet =
          round % 3 === 0
            ? copy.packet.subarray(0, randomInt(run.rng, copy.packet.length))
            : round % 3 === 1
              ? Uint8Array.from({ length: 1 + randomInt(run.rng, 1_200) }, () => 13 + randomInt(run.rng, 230))
              : nestOfCompounds(200);
        run.cluster.simulator.sendPacket(copy.from, run.cluster.node(name!).address, packet);
      });
    },
    mustHold: (run) => {
      const all = run.cluster.nodes.map(({ name }) => name);
      run.cluster.runForMs(15_000);
      const refusals = Object.values(run.cluster.core(run.victims[0]!).stats.packetRefusals);
      run.insist(
        refusals.some((bytes) => bytes > 0),
        'what is refused is counted',
      );
      run.insist(run.deathCount(all, all) === 0, 'nobody is declared dead for it');
    },
  },
  {
    number: 48,
    name: 'old packets are sent again',
    sizes: [4, 7],
    spanMs: 40_000,
    // An ack may be that of an old ping, an old ping asks again.
    breaks: ['sequence-numbers', 'bounded-traffic'],
    inject: (run) => {
      const recorded = record(run);
      const [leaver, changer] = run.pick(2);
      run.cluster.updateMeta(changer!, 'old');
      run.after(2_000, () =>
        run.cluster.leave(leaver!, { timeoutMs: 1_000, thenStop: true }).updateMeta(changer!, 'new'),
      );
      run.after(8_000, () => run.restart(leaver!));
      run.every(100, 250, () => {
        const copy = some(run, recorded);
        if (copy !== undefined) run.cluster.simulator.sendPacket(copy.from, copy.to, copy.packet);
      });
    },
  },
  {
    number: 49,
    name: 'an insider accuses everybody each second',
    sizes: [5, 8],
    spanMs: 30_000,
    breaks: forged,
    inject: (run) => {
      const [insider] = run.pick(1);
      run.every(1_000, 30, () => {
        for (const { name } of run.cluster.nodes) {
          if (name === insider) continue;
          const incarnation = run.cluster.core(name).localMember.incarnation;
          const message = written((writer) => encodeSuspect(writer, { incarnation, node: name, from: insider! }));
          sendToAll(run, insider!, message);
        }
      });
    },
    mustHold: (run) => {
      const { bystanders } = run;
      run.cluster.runForMs(30_000);
      run.insist(run.deathCount(bystanders, bystanders) === 0, 'who is accused denies it in time');
    },
  },
  {
    number: 50,
    name: 'an insider claims the highest incarnation for another',
    sizes: [4, 7],
    spanMs: 15_000,
    // The victim cannot follow, and is what the forged record says until it is forgotten.
    breaks: [...forged, 'convergence', 'no-false-death', 'incarnation-never-back', 'suspicion-time'],
    inject: (run) => {
      const [insider, victim] = run.pick(2);
      const message = written((writer) =>
        encodeSuspect(writer, { incarnation: 0xffff_ffff, node: victim!, from: insider! }),
      );
      sendToAll(run, insider!, message);
    },
    mustHold: (run) => {
      run.cluster.runForMs(15_000);
      const own = run.cluster.core(run.victims[1]!);
      run.insist(own.localMember.incarnation < 0x8000_0000, 'nobody follows so far');
      run.insist(own.stats.swim.incarnationJumpsRefused > 0, 'and it is counted');
    },
  },
  {
    number: 51,
    name: 'an insider claims a hundred names',
    sizes: [4, 5],
    spanMs: 60_000,
    inventedCount: ghostCount,
    options: () => ({ swim: { gossipToTheDeadMs: 5_000 } }),
    breaks: [...forged, 'bounded-queues', 'one-owner', 'back-to-baseline', 'suspicion-time'],
    inject: (run) => {
      const [insider] = run.pick(1);
      run.every(20, ghostCount, (round) => {
        const alive = { incarnation: 1, node: `ghost${round}`, meta: null, vsn: Uint8Array.of(1, 5, 2, 2, 5, 4) };
        const addr = Uint8Array.of(10, 8, round >> 8, round & 255);
        sendToAll(
          run,
          insider!,
          written((writer) => encodeAlive(writer, { ...alive, addr, port: 7_946 })),
        );
      });
    },
    mustHold: (run) => {
      const all = run.cluster.nodes.map(({ name }) => name);
      run.cluster.runForMs(60_000);
      run.insist(run.see(all, all, 'alive'), 'those who are there are alive');
      for (const name of all) {
        const { rumorQueue } = run.cluster.core(name).stats;
        run.insist(rumorQueue.count <= 8_192, `the queue of ${name} has its cap`);
      }
    },
  },
  {
    number: 52,
    name: 'the Lamport clock of events is pushed to its end',
    sizes: [4, 6],
    options: () => ({ serf: {} }),
    spanMs: 15_000,
    breaks: forged,
    inject: (run) => {
      const [insider] = run.pick(1);
      const message = written((writer) => {
        writer.u8(MessageType.user);
        writer.u8(SERF_USER_EVENT);
        writeMapHeader(writer, 4);
        writeText(writer, 'CC');
        writeBool(writer, false);
        writeText(writer, 'LTime');
        writer.u8(MSGPACK_UINT64);
        for (let i = 0; i < 8; i += 1) writer.u8(0xff);
        writeText(writer, 'Name');
        writeText(writer, 'forged');
        writeText(writer, 'Payload');
        writeBytes(writer, null);
      });
      sendToAll(run, insider!, message);
      run.after(5_000, () => run.cluster.serf.event('n1', 'still-works'));
    },
    mustHold: (run) => {
      run.cluster.runForMs(15_000);
      for (const { name } of run.cluster.nodes) {
        const heard = run.cluster.fullEventsAt(name).filter((event) => event.type === 'user');
        run.insist(heard.length === 1 && heard[0]!.name === 'still-works', `${name} hears the true event alone`);
      }
    },
  },
  {
    number: 64,
    name: 'acks with coordinates that are no numbers',
    sizes: [4, 6],
    options: () => ({ serf: {} }),
    spanMs: 20_000,
    breaks: forged,
    inject: (run) => {
      const [insider] = run.pick(1);
      const poison = [Number.NaN, Number.POSITIVE_INFINITY, 1e300];
      run.every(500, 30, (round) => {
        const payload = written((writer) => writeCoordinate(writer, poison[round % 3]!));
        // One of the numbers that others wait for, if it is in luck.
        for (let seqNo = 1; seqNo < 40; seqNo += 1) {
          sendToAll(
            run,
            insider!,
            written((writer) => encodeAck(writer, { seqNo, payload })),
          );
        }
      });
    },
    mustHold: (run) => {
      run.cluster.runForMs(20_000);
      for (const { core } of run.cluster.nodes) {
        const coordinate = core.coordinate();
        const numbers = [...(coordinate?.vec ?? []), coordinate?.height ?? 0, coordinate?.error ?? 0];
        run.insist(
          numbers.every((value) => Math.abs(value) < 100),
          'no coordinate is thrown away',
        );
      }
    },
  },
];

/** Serf's type of a user event. */
const SERF_USER_EVENT = 3;
const MSGPACK_UINT64 = 0xcf;

/** All packets from now on. */
function record(run: FaultRun): Recorded[] {
  const recorded: Recorded[] = [];
  run.cluster.simulator.observe({
    onPacketSent: (from, to, packet) => {
      if (recorded.length < 2_000) recorded.push({ from, to, packet: Uint8Array.from(packet) });
    },
  });
  return recorded;
}

function some(run: FaultRun, recorded: readonly Recorded[]): Recorded | undefined {
  return recorded.length === 0 ? undefined : recorded[randomInt(run.rng, recorded.length)];
}

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return Uint8Array.from(writer.view());
}

/** As if the insider sent it. */
function sendToAll(run: FaultRun, insider: string, message: Uint8Array): void {
  const from = run.cluster.node(insider);
  for (const node of run.cluster.nodes) {
    if (node !== from) run.cluster.simulator.sendPacket(from, node.address, message);
  }
}

/** A compound of one that holds a compound of one, and so on. */
function nestOfCompounds(depth: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = depth; left > 0; left -= 1) bytes.push(MessageType.compound, 1, (left * 4) >> 8, (left * 4) & 255);
  return Uint8Array.from(bytes);
}

/** Serf's payload of an ack. */
function writeCoordinate(writer: ByteWriter, value: number): void {
  writer.u8(1);
  writeMapHeader(writer, 4);
  for (const key of ['Adjustment', 'Error', 'Height']) {
    writeText(writer, key);
    writeDouble(writer, value);
  }
  writeText(writer, 'Vec');
  writeListHeader(writer, 8);
  for (let i = 0; i < 8; i += 1) writeDouble(writer, value);
}
