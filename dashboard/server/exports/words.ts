/**
 * The words of a line's export files, in both languages, with the units in the headings. Comes in: a language. Goes out: its words.
 */
import type { Language } from '../../../contract/api.ts';
import type { State } from '../../../contract/reading.ts';

const zh = {
  from: '开始',
  to: '结束',
  time: '时间',
  state: '状态',
  reason: '原因',
  code: '原因代码',
  original: '改正前的原因',
  originalCode: '改正前的原因代码',
  seconds: '时长(秒)',
  metric: '参数',
  id: '参数代码',
  unit: '单位',
  min: '最小',
  mean: '平均',
  max: '最大',
  busy: '负荷时间(秒)',
  running: '运行(秒)',
  setup: '换产(秒)',
  idle: '待机(秒)',
  stopped: '停机(秒)',
  fault: '故障(秒)',
  unknown: '状态未知(秒)',
  planned: '计划停机(秒)',
  overtime: '加班运行(秒)',
  utilization: '时间稼动率(%)',
  low: '稼动率下限(%)',
  high: '稼动率上限(%)',
  coverage: '数据覆盖率(%)',
  output: '产量',
  scrap: '废品',
  performance: '性能稼动率(%)',
  quality: '合格率(%)',
  oee: 'OEE(%)',
} as const;

export type Words = Readonly<Record<keyof typeof zh, string>>;

const en: Words = {
  from: 'From',
  to: 'To',
  time: 'Time',
  state: 'State',
  reason: 'Reason',
  code: 'Reason code',
  original: 'Reason before correction',
  originalCode: 'Reason code before correction',
  seconds: 'Duration (s)',
  metric: 'Parameter',
  id: 'Parameter code',
  unit: 'Unit',
  min: 'Minimum',
  mean: 'Mean',
  max: 'Maximum',
  busy: 'Planned busy time (s)',
  running: 'Running (s)',
  setup: 'Setup (s)',
  idle: 'Idle (s)',
  stopped: 'Stopped (s)',
  fault: 'Fault (s)',
  unknown: 'Unknown (s)',
  planned: 'Planned stop (s)',
  overtime: 'Running overtime (s)',
  utilization: 'Utilization (%)',
  low: 'Utilization, low (%)',
  high: 'Utilization, high (%)',
  coverage: 'Coverage (%)',
  output: 'Output',
  scrap: 'Scrap',
  performance: 'Performance (%)',
  quality: 'Quality (%)',
  oee: 'OEE (%)',
};

const states: Readonly<Record<Language, Readonly<Record<State, string>>>> = {
  zh: { running: '运行', setup: '换产', idle: '待机', stopped: '停机', fault: '故障', planned: '计划停机', unknown: '状态未知' },
  en: { running: 'Running', setup: 'Setup', idle: 'Idle', stopped: 'Stopped', fault: 'Fault', planned: 'Planned stop', unknown: 'Unknown' },
};

export function wordsOf(language: Language): Words {
  return language === 'zh' ? zh : en;
}

export function stateWord(state: State, language: Language): string {
  return states[language][state];
}
