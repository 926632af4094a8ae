/**
 * What alarms say, in both languages. Comes in: the names and units of an equipment type. Goes out: texts that say what is wrong,
 * never what to think of it. No other file of the engine holds a sentence for people.
 */
import type { Metric } from '../contract/equipment.ts';
import type { Text } from '../contract/text.ts';

export type Side = 'alertHigh' | 'alertLow' | 'actionHigh' | 'actionLow';

const sides: Readonly<Record<Side, Text>> = {
  alertHigh: { zh: '达到警戒上限', en: 'at or over the alert limit' },
  alertLow: { zh: '达到警戒下限', en: 'at or under the alert limit' },
  actionHigh: { zh: '达到纠偏上限', en: 'at or over the action limit' },
  actionLow: { zh: '达到纠偏下限', en: 'at or under the action limit' },
};

export function limitText({ name, unit }: Metric, side: Side, limit: number): Text {
  const shown = unit === '1' ? String(limit) : `${String(limit)} ${unit}`;
  return { zh: `${name.zh}${sides[side].zh} ${shown}`, en: `${name.en} ${sides[side].en} of ${shown}` };
}

export function headText(head: string, inRow: number): Text {
  const count = String(inRow);
  return { zh: `${head}号机头连续断线${count}次，请停用该机头`, en: `${count} breaks in a row on head ${head}: switch head ${head} off` };
}

export function chatteringText(rule: Text): Text {
  return { zh: `报警抖动：${rule.zh}`, en: `Chattering: ${rule.en}` };
}

export const texts = {
  fault: { zh: '设备故障', en: 'Fault' },
  silence: { zh: '无数据或离线', en: 'No data, or offline' },
  breaks: { zh: '机头连续断线', en: 'Breaks in a row on one head' },
  breakRate: { zh: '每小时断线次数偏高', en: 'More breaks an hour than the norm' },
  chattering: { zh: '报警抖动', en: 'Chattering' },
  clock: { zh: '设备时钟不准', en: "The device's clock is off" },
  rejected: { zh: '有数据被拒收', en: 'Readings are being rejected' },
  sequence: { zh: '数据序号不连续', en: 'Readings are missing in the sequence' },
} as const satisfies Record<string, Text>;
