import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SharedMembers, type MemberView } from '../swim/index.ts';
import { ByteWriter, SeededRng } from '../util/index.ts';
import { encodeAlive, encodeDead, encodeSuspect } from '../wire/index.ts';
import { ClusterNode } from './cluster-node.ts';
import type { ClusterEvent } from './events.ts';

const memberCount = 6;

function viewOf(index: number): MemberView {
  const addr = Uint8Array.of(10, 0, 0, index);
  const address = { host: `10.0.0.${index}`, port: 7946 };
  const versions = {
    protocolMin: 1,
    protocolMax: 5,
    protocolCurrent: 2,
    delegateMin: 0,
    delegateMax: 0,
    delegateCurrent: 0,
  };
  const common = { addr, address, port: 7946, meta: Uint8Array.of(index), versions };
  return { name: `n${index}`, state: 'alive', incarnation: 3, ...common };
}

const views = Array.from({ length: memberCount }, (_, index) => viewOf(index));

class Listener {
  readonly node: ClusterNode;
  readonly events: string[] = [];

  constructor(begin: (node: ClusterNode) => void) {
    const effects = {
      sendPacket: () => undefined,
      openStream: () => undefined,
      writeStream: () => undefined,
      closeStream: () => undefined,
      emit: (event: ClusterEvent) => {
        this.events.push(
          'member' in event ? `${event.type} ${event.member.name}@${event.member.incarnation}` : event.type,
        );
      },
    };
    const advertise = { host: '10.0.0.0', port: 7946 };
    const env = { rng: new SeededRng(1), fillRandom: () => undefined };
    this.node = new ClusterNode({ name: 'n0', advertise, profile: 'lan' }, env, effects);
    this.node.start(0);
    begin(this.node);
    this.events.length = 0;
  }

  shown(): unknown {
    const members = this.node.allMembers.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return { members: members.filter(({ name }) => name !== 'n0'), events: this.events };
  }
}

interface News {
  readonly kind: 'alive' | 'suspect' | 'dead' | 'left' | 'wait';
  readonly about: number;
  readonly incarnation: number;
  readonly meta: number;
  readonly by: number;
}

function encode({ kind, about, incarnation, meta, by }: News): Uint8Array {
  const writer = new ByteWriter();
  const node = `n${about}`;
  const vsn = Uint8Array.of(1, 5, 2, 0, 0, 0);
  const addr = Uint8Array.of(10, 0, 0, about);
  if (kind === 'alive') encodeAlive(writer, { incarnation, node, addr, port: 7946, meta: Uint8Array.of(meta), vsn });
  else if (kind === 'suspect') encodeSuspect(writer, { incarnation, node, from: `n${by}` });
  else encodeDead(writer, { incarnation, node, from: kind === 'left' ? node : `n${by}` });
  return writer.view();
}

test('a node that shares members comes to believe of any news what one believes that does not', () => {
  const news = fc.record({
    kind: fc.constantFrom('alive', 'suspect', 'dead', 'left', 'wait'),
    // Members that are shared, and two that nobody knows yet.
    about: fc.integer({ min: 1, max: memberCount + 1 }),
    incarnation: fc.integer({ min: 1, max: 6 }),
    meta: fc.integer({ min: 0, max: 2 }),
    by: fc.integer({ min: 1, max: memberCount - 1 }),
  });
  fc.assert(
    fc.property(fc.array(news, { maxLength: 60 }), (all) => {
      const shared = new SharedMembers(views, 0);
      const sharing = new Listener((node) => node.beginWith(0, shared));
      const alone = new Listener((node) => node.adopt(0, views));
      let nowMs = 0;
      for (const some of all) {
        for (const { node } of [sharing, alone]) {
          if (some.kind === 'wait') node.advance(nowMs + 700);
          else node.receivePacket(nowMs, viewOf(some.by).address!, encode(some));
        }
        if (some.kind === 'wait') nowMs += 700;
      }
      expect(sharing.shown()).toEqual(alone.shown());
      expect(shared.records.map(({ state, incarnation }) => [state, incarnation])).toEqual(
        views.map(() => ['alive', 3]),
      );
    }),
    { numRuns: 200 },
  );
});
