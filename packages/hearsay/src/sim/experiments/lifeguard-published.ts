/** What the authors of Lifeguard measured, by configuration. Scaled to nothing: 4,320 Interval and 540 Threshold runs. */
export interface PublishedRow {
  /** Tables IV and VI. */
  readonly falsePositives: number;
  readonly healthyFalsePositives: number;
  readonly millionPackets?: number;
  readonly packetGib?: number;
  /** Tables V and VII, in seconds: median, 99 % and 99.9 %. */
  readonly firstS: readonly [number, number, number];
  readonly fullS: readonly [number, number, number];
}

/** Tables IV to VII. In Table VII counts are shares of those of SWIM. */
export const published: Readonly<Record<string, PublishedRow>> = {
  swim: row(339_002, 1_326, [12.44, 16.96, 19.4], [12.9, 16.93, 20.17], 435.33, 149.15),
  'lha-probe': row(229_574, 436, [12.42, 17.75, 20.1], [12.9, 17.98, 20.56], 428.62, 134.28),
  'lha-suspicion': row(10_174, 89, [12.42, 17.47, 25.41], [12.89, 17.33, 23.8], 484.55, 158.87),
  buddy: row(318_935, 591, [12.45, 17.12, 19.16], [12.92, 17.18, 19.81], 435.62, 147.67),
  'lifeguard a=5 b=6': row(5_193, 25, [12.45, 17.9, 21.2], [12.91, 18.05, 21.68], 481.42, 146.13),
  'lifeguard a=5 b=4': row(18_408, 67, [12.38, 17.42, 21.62], [12.85, 17.79, 21.77]),
  'lifeguard a=5 b=2': row(90_208, 204, [12.41, 17.8, 21.79], [12.89, 17.9, 21.71]),
  'lifeguard a=4 b=6': row(10_780, 64, [10.34, 16.42, 18.37], [10.89, 16.34, 18.7]),
  'lifeguard a=4 b=4': row(27_256, 126, [10.33, 16.31, 18.18], [10.84, 16.37, 19.19]),
  'lifeguard a=4 b=2': row(127_872, 269, [10.32, 15.99, 19.22], [10.89, 16.43, 18.59]),
  'lifeguard a=2 b=6': row(81_903, 181, [6.76, 12.81, 15.59], [7.32, 13.4, 15.85]),
  'lifeguard a=2 b=4': row(147_940, 298, [6.73, 12.36, 14.63], [7.26, 13.03, 15.15]),
  'lifeguard a=2 b=2': row(333_476, 413, [6.61, 11.84, 14.76], [7.11, 12.37, 15.37]),
};

/** Figure 2: false positives for each C, in the order of `anomalyCounts`. */
export const publishedByCount: Readonly<Record<string, readonly number[]>> = {
  swim: [906, 5_973, 11_286, 23_147, 34_501, 45_485, 58_965, 77_069, 81_670],
  'lha-probe': [512, 3_208, 7_226, 15_199, 21_922, 36_476, 41_832, 50_274, 52_925],
  'lha-suspicion': [49, 311, 142, 581, 1_341, 1_119, 1_762, 2_892, 1_977],
  buddy: [950, 6_388, 8_476, 20_187, 34_737, 46_446, 58_441, 71_740, 71_570],
  'lifeguard a=5 b=6': [18, 143, 110, 224, 573, 751, 842, 1_335, 1_197],
};

function row(
  falsePositives: number,
  healthyFalsePositives: number,
  firstS: PublishedRow['firstS'],
  fullS: PublishedRow['fullS'],
  millionPackets?: number,
  packetGib?: number,
): PublishedRow {
  const counts = { falsePositives, healthyFalsePositives, firstS, fullS };
  if (millionPackets === undefined || packetGib === undefined) return counts;
  return { ...counts, millionPackets, packetGib };
}
